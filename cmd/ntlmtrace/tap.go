package main

import (
	"math"

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
	file      *file // being read; nil between two files and at the end
	running   bool  // a goroutine is reading for it: all below is its own until that ends
	base      int64 // frames of the files before it
	time      int64 // capture time of the next packet, or of the newest if the packets before it are newer
}

// newTap makes a tap that gives what it decodes to sink.
func newTap(index int, s *settings, sink decode.Sink) *tap {
	d := decode.NewDecoder(index, sink, decode.Limits{})
	return &tap{index: index, decoder: d, assembler: capture.NewAssembler(s.assembler(), d)}
}

// begin goes on with file f.
func (t *tap) begin(f *file) {
	t.file = f
	t.time = max(t.time, f.packet.Time)
}

// step follows the next packet and reads the one after it.
func (t *tap) step(n notes) { t.steps(math.MinInt64, n) }

// steps follows the next packet and those after it that are in memory and before the
// time until, and reads the one after them. It gives how many it followed.
func (t *tap) steps(until int64, n notes) int {
	f := t.file
	k := 1
	for k < len(f.ahead) && f.ahead[k].Time < until {
		k++
	}
	packets := f.ahead[:k]
	number := packets[k-1].Frame
	f.report.packets += int64(k)
	for i := range packets {
		p := &packets[i]
		f.report.bytes += int64(len(p.Data))
		f.report.last = max(f.report.last, p.Time)
		t.time = max(t.time, p.Time)
		p.Frame += t.base
	}
	t.assembler.Packets(packets)
	if !f.next(k, n) {
		t.file = nil
		t.base += number
		return k
	}
	t.time = max(t.time, f.packet.Time)
	return k
}
