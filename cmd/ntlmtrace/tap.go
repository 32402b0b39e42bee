package main

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode"
)

// tap is one place where traffic was captured: a file, or several that
// continue one another (ring buffers) and so share the table of connections.
// Two taps may show the same packets: each is assembled by itself.
type tap struct {
	index     int
	assembler *capture.Assembler
	decoder   *decode.Decoder
	writer    *writer // nil if nothing is written
	file      *file   // being read; nil between two files and at the end
	running   bool    // a goroutine is reading for it: all below is its own until that ends
	base      int64   // frames of the files before it
	time      int64   // capture time of the next packet, or of the newest if the packets before it are newer
}

// newTap makes a tap that gives what it decodes to sink, and its packets to w
// unless that is nil.
func newTap(index int, s *settings, sink decode.Sink, w *writer) *tap {
	if w == nil {
		d := decode.NewDecoder(index, sink, decode.Limits{})
		return &tap{index: index, decoder: d, assembler: capture.NewAssembler(s.assembler(), d)}
	}
	d := decode.NewDecoder(index, w.sink(sink), decode.Limits{})
	return &tap{index: index, decoder: d, assembler: capture.NewAssembler(s.assembler(), w.keeper.Watch(d)), writer: w}
}

// follow takes the next packet.
func (t *tap) follow(p *capture.Packet) {
	if t.writer != nil {
		t.writer.take(t.assembler, p)
		return
	}
	t.assembler.Packet(p)
}

// begin goes on with file f.
func (t *tap) begin(f *file) {
	t.file = f
	t.time = max(t.time, f.packet.Time)
}

// step follows the next packet and reads the one after it.
func (t *tap) step(n notes) {
	f := t.file
	p := &f.packet
	number := p.Frame
	f.report.packets++
	f.report.bytes += int64(len(p.Data))
	f.report.last = max(f.report.last, p.Time)
	p.Frame += t.base
	t.follow(p)
	if !f.next(n) {
		t.file = nil
		t.base += number
		return
	}
	t.time = max(t.time, p.Time)
}
