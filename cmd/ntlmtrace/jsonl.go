package main

import (
	"io"
	"ntlmtrace/analysis/report"
)

var jsonlFormat = format{
	name:   "jsonl",
	about:  "the objects of json one a line, as they become known",
	stream: true,
	open: func(w io.Writer, _ *settings, o *origins) printer {
		p := &jsonlPrinter{objectWriter: newObjectWriter(w), origins: o}
		return printer{handshake: p.handshake, finding: p.finding, health: p.health, end: p.end}
	},
}

// jsonlPrinter writes one object a line and flushes each: somebody may be
// waiting at the other end of a pipe.
type jsonlPrinter struct {
	*objectWriter
	origins *origins
}

func (p *jsonlPrinter) handshake(h *report.Handshake) error {
	return p.line("handshake", func(o *object) { o.handshake(h, p.origins) })
}

func (p *jsonlPrinter) finding(f *report.Finding) error {
	return p.line("finding", func(o *object) { o.finding(f, p.origins) })
}

func (p *jsonlPrinter) health(h *liveHealth) error {
	return p.line("health", func(o *object) { o.health(h) })
}

func (p *jsonlPrinter) end(r *result) error {
	for _, s := range r.sources {
		if err := p.line("source", func(o *object) { o.source(s) }); err != nil {
			return err
		}
	}
	for _, h := range r.report.Hops.All() {
		if err := p.line("hop", func(o *object) { o.hop(&h) }); err != nil {
			return err
		}
	}
	return p.line("summary", func(o *object) { o.summary(r) })
}

// line writes an object with its type as the first member.
func (p *jsonlPrinter) line(kind string, members func(*object)) error {
	typed := func(o *object) {
		o.str("type", kind)
		members(o)
	}
	if err := p.write(typed, "{", "}\n"); err != nil {
		return err
	}
	return p.out.Flush()
}
