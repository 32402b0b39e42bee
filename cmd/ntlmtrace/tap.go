package main

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/filter"
	"ntlmtrace/decode"
)

// tap is one place where traffic was captured: a file, or several that
// continue one another (ring buffers) and so share the table of connections.
// Two taps may show the same packets: each is assembled by itself.
type tap struct {
	index     int
	assembler *capture.Assembler
	decoder   *decode.Decoder
	only      *filter.Filter // nil: all packets
	writer    *writer        // nil if nothing is written
	file      *file          // being read; nil between two files and at the end
	running   bool           // a goroutine is reading for it: all below is its own until that ends
	base      int64          // frames of the files before it
	time      int64          // capture time of the next packet, or of the newest if the packets before it are newer
}

// newTap makes a tap that gives what it decodes to sink, and its packets to w
// unless that is nil.
func newTap(index int, s *settings, sink decode.Sink, w *writer) *tap {
	t := &tap{index: index, only: s.only, writer: w}
	if w != nil {
		t.decoder = decode.NewDecoder(index, w.sink(sink), decode.Limits{})
		t.assembler = capture.NewAssembler(s.assembler(), w.keeper.Watch(t.decoder))
		return t
	}
	t.decoder = decode.NewDecoder(index, sink, decode.Limits{})
	t.assembler = capture.NewAssembler(s.assembler(), t.decoder)
	return t
}

// wanted reports whether --filter lets p through.
func (t *tap) wanted(p *capture.Packet) bool {
	// Keep, not Match: later fragments have no ports, and are needed.
	return t.only == nil || t.only.Keep(p)
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
	if t.wanted(p) {
		t.follow(p)
	} else {
		f.report.filtered++
	}
	if !f.next(n) {
		t.file = nil
		t.base += number
		return
	}
	t.time = max(t.time, p.Time)
}
