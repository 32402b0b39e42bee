package json

import (
	"io"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// Lines is one JSON object a line, as it becomes known.
var Lines = format.Format{
	Name:   "jsonl",
	About:  "the objects of json one a line, as they become known",
	Stream: true,
	Open: func(w io.Writer, o format.Options) format.Printer {
		p := &jsonlPrinter{objectWriter: newObjectWriter(w), places: o.Places}
		return format.Printer{Handshake: p.handshake, Finding: p.finding, Health: p.health, End: p.end}
	},
}

// jsonlPrinter writes one object a line and flushes each: somebody may be
// waiting at the other end of a pipe.
type jsonlPrinter struct {
	*objectWriter
	places result.Locator
}

func (p *jsonlPrinter) handshake(h *report.Handshake) error {
	return p.line("handshake", func(o *object) { o.handshake(h, p.places) })
}

func (p *jsonlPrinter) finding(f *report.Finding) error {
	return p.line("finding", func(o *object) { o.finding(f, p.places) })
}

func (p *jsonlPrinter) health(h *watch.Health) error {
	return p.line("health", func(o *object) { o.health(h) })
}

func (p *jsonlPrinter) end(r *result.Result) error {
	for _, s := range r.Sources {
		if err := p.line("source", func(o *object) { o.source(s) }); err != nil {
			return err
		}
	}
	for _, h := range r.Report.Hops.All() {
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
