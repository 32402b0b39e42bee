package main

import (
	"bufio"
	"io"
	"ntlmtrace/analysis/report"
)

var jsonFormat = format{
	name:  "json",
	about: "one document",
	open: func(w io.Writer, _ *settings, o *origins) printer {
		p := &jsonPrinter{objectWriter: newObjectWriter(w), origins: o}
		return printer{handshake: p.handshake, end: p.end}
	},
}

// jsonPrinter writes one document. Handshakes are written as they come, before
// everything else, so that none has to be kept for the end.
type jsonPrinter struct {
	*objectWriter
	origins *origins
	began   bool // the list of handshakes is open
	first   bool // and has no element yet; the same of the lists after it
}

func (p *jsonPrinter) handshake(h *report.Handshake) error {
	p.begin()
	return p.element(func(o *object) { o.handshake(h, p.origins) })
}

func (p *jsonPrinter) begin() {
	if !p.began {
		p.began = true
		p.write(func(o *object) { o.num("version", documentVersion) }, "{", "")
		p.list(",\n\"handshakes\":[")
	}
}

func (p *jsonPrinter) end(r *result) error {
	p.begin()
	p.list("],\n\"sources\":[")
	for _, s := range r.sources {
		p.element(func(o *object) { o.source(s) })
	}
	p.list("],\n\"hops\":[")
	for _, h := range r.report.Hops.All() {
		p.element(func(o *object) { o.hop(&h) })
	}
	p.list("],\n\"findings\":[")
	for _, f := range r.report.Findings {
		p.element(func(o *object) { o.finding(f, p.origins) })
	}
	p.write(func(o *object) { o.summary(r) }, "],\n\"summary\":{", "}}\n")
	return p.out.Flush()
}

// list writes text that ends with the beginning of a list.
func (p *jsonPrinter) list(text string) {
	p.out.WriteString(text)
	p.first = true
}

// element writes the next element of a list, on a line of its own.
func (p *jsonPrinter) element(members func(*object)) error {
	before := ",\n{"
	if p.first {
		before = "\n{"
	}
	p.first = false
	return p.write(members, before, "}")
}

// objectWriter writes one object after the other. After the first error the
// writer writes nothing more, and each call gives that error.
type objectWriter struct {
	out *bufio.Writer
	obj object // the one at hand, without new memory for each
}

func newObjectWriter(w io.Writer) *objectWriter {
	return &objectWriter{out: bufio.NewWriterSize(w, 64<<10)}
}

// write writes the members of an object between the texts before and after.
func (w *objectWriter) write(members func(*object), before, after string) error {
	w.obj.b = append(w.obj.b[:0], before...)
	members(&w.obj)
	w.obj.b = append(w.obj.b, after...)
	_, err := w.out.Write(w.obj.b)
	return err
}
