package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"ntlmtrace/analysis"
)

var jsonFormat = format{
	name:  "json",
	about: "one document",
	open: func(w io.Writer, _ *settings, o *origins) printer {
		p := &jsonPrinter{w: newObjectWriter(w), origins: o}
		return printer{handshake: p.handshake, end: p.end}
	},
}

// jsonPrinter writes one document. Handshakes are written as they come, before
// everything else, so that none has to be kept for the end.
type jsonPrinter struct {
	w       *objectWriter
	origins *origins
	began   bool
}

func (p *jsonPrinter) handshake(h *analysis.Handshake) error {
	p.begin()
	p.w.element(newHandshakeDoc(h, p.origins))
	return p.w.err
}

func (p *jsonPrinter) begin() {
	if p.began {
		return
	}
	p.began = true
	p.w.text("{\"version\":")
	p.w.object(documentVersion)
	p.w.list(",\n\"handshakes\":[")
}

func (p *jsonPrinter) end(r *result) error {
	p.begin()
	p.w.list("],\n\"sources\":[")
	for _, s := range r.sources {
		p.w.element(s)
	}
	p.w.list("],\n\"hops\":[")
	for i := range r.report.Hops {
		p.w.element(newHopDoc(&r.report.Hops[i]))
	}
	p.w.list("],\n\"findings\":[")
	for i := range r.report.Findings {
		p.w.element(newFindingDoc(&r.report.Findings[i], p.origins))
	}
	p.w.text("],\n\"summary\":")
	p.w.object(newSummaryDoc(&r.report.Summary, r.interrupted))
	p.w.text("}\n")
	return p.w.flush()
}

// objectWriter writes JSON values one after the other. After an error it
// writes nothing more.
type objectWriter struct {
	out   *bufio.Writer
	buf   bytes.Buffer // one value, without a new slice for each
	enc   *json.Encoder
	first bool // no element of the list has been written
	err   error
}

func newObjectWriter(w io.Writer) *objectWriter {
	o := &objectWriter{out: bufio.NewWriterSize(w, 64<<10)}
	o.enc = json.NewEncoder(&o.buf)
	// The output is no part of a web page: <, > and & stay readable.
	o.enc.SetEscapeHTML(false)
	return o
}

// encode gives v as JSON without the newline of the encoder; valid until the
// next call.
func (o *objectWriter) encode(v any) []byte {
	o.buf.Reset()
	if err := o.enc.Encode(v); err != nil {
		o.fail(err)
		return nil
	}
	return bytes.TrimSuffix(o.buf.Bytes(), []byte("\n"))
}

func (o *objectWriter) object(v any) {
	_, err := o.out.Write(o.encode(v))
	o.fail(err)
}

// list writes text that ends with the beginning of a list.
func (o *objectWriter) list(text string) {
	o.text(text)
	o.first = true
}

// element writes the next element of a list, on a line of its own.
func (o *objectWriter) element(v any) {
	if !o.first {
		o.text(",")
	}
	o.first = false
	o.text("\n")
	o.object(v)
}

func (o *objectWriter) text(s string) {
	_, err := o.out.WriteString(s)
	o.fail(err)
}

func (o *objectWriter) flush() error {
	o.fail(o.out.Flush())
	return o.err
}

func (o *objectWriter) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}
