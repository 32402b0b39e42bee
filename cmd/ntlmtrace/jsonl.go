package main

import (
	"io"

	"ntlmtrace/analysis"
)

var jsonlFormat = format{
	name:  "jsonl",
	about: "the objects of json one a line, as they become known",
	open: func(w io.Writer, _ *settings, o *origins) printer {
		p := &jsonlPrinter{w: newObjectWriter(w), origins: o}
		return printer{handshake: p.handshake, finding: p.finding, end: p.end}
	},
}

// jsonlPrinter writes one object a line and flushes each: somebody may be
// waiting at the other end of a pipe.
type jsonlPrinter struct {
	w       *objectWriter
	origins *origins
}

func (p *jsonlPrinter) handshake(h *analysis.Handshake) error {
	return p.line("handshake", newHandshakeDoc(h, p.origins))
}

func (p *jsonlPrinter) finding(f *analysis.Finding) error {
	return p.line("finding", newFindingDoc(f, p.origins))
}

func (p *jsonlPrinter) end(r *result) error {
	for _, s := range r.sources {
		if err := p.line("source", s); err != nil {
			return err
		}
	}
	for i := range r.report.Hops {
		if err := p.line("hop", newHopDoc(&r.report.Hops[i])); err != nil {
			return err
		}
	}
	return p.line("summary", newSummaryDoc(&r.report.Summary, r.interrupted))
}

// line writes the object v with its type as the first key.
func (p *jsonlPrinter) line(kind string, v any) error {
	object := p.w.encode(v)
	if p.w.err != nil {
		return p.w.err
	}
	p.w.text(`{"type":"` + kind + `",`)
	p.w.text(string(object[1:]))
	p.w.text("\n")
	return p.w.flush()
}
