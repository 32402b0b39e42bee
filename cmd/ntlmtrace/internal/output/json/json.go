package json

import (
	"bufio"
	"io"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
)

// Document is one JSON document.
var Document = format.Format{
	Name:  "json",
	About: "one document",
	Open: func(w io.Writer, o format.Options) format.Printer {
		p := &jsonPrinter{objectWriter: newObjectWriter(w), places: o.Places}
		return format.Printer{Handshake: p.handshake, End: p.end}
	},
}

// jsonPrinter writes one document. Handshakes are written as they come, before
// everything else, so that none has to be kept for the end.
type jsonPrinter struct {
	*objectWriter
	places result.Locator
	began  bool // the list of handshakes is open
	first  bool // and has no element yet; the same of the lists after it
}

func (p *jsonPrinter) handshake(h *report.Handshake) error {
	p.begin()
	return p.element(func(o *object) { o.handshake(h, p.places) })
}

func (p *jsonPrinter) begin() {
	if !p.began {
		p.began = true
		p.write(func(o *object) { o.num("version", Version) }, "{", "")
		p.list(",\n\"handshakes\":[")
	}
}

func (p *jsonPrinter) end(r *result.Result) error {
	p.begin()
	p.list("],\n\"sources\":[")
	for _, s := range r.Sources {
		p.element(func(o *object) { o.source(s) })
	}
	p.list("],\n\"hops\":[")
	for _, h := range r.Report.Hops.All() {
		p.element(func(o *object) { o.hop(&h) })
	}
	p.list("],\n\"findings\":[")
	for _, f := range r.Report.Findings {
		p.element(func(o *object) { o.finding(f, p.places) })
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
// writer writes nothing more, and each call returns that error.
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
