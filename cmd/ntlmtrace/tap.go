package main

import (
	"math"

	"ntlmtrace/capture"
	"ntlmtrace/capture/filter"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
)

// tap is one place where traffic was captured: a file, or several that
// continue one another (ring buffers) and so share the table of connections.
// Two taps may show the same packets: each is assembled by itself.
type tap struct {
	index     int
	assembler *tcp.Assembler
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
		t.assembler = tcp.NewAssembler(s.assembler(), w.keeper.Watch(t.decoder))
		return t
	}
	t.decoder = decode.NewDecoder(index, sink, decode.Limits{})
	t.assembler = tcp.NewAssembler(s.assembler(), t.decoder)
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

// followAll takes packets and gives how many of them --filter leaves out.
func (t *tap) followAll(packets []capture.Packet) (filtered int64) {
	if t.only == nil && t.writer == nil {
		t.assembler.Packets(packets)
		return 0
	}
	for i := range packets {
		if p := &packets[i]; t.wanted(p) {
			t.follow(p)
		} else {
			filtered++
		}
	}
	return filtered
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
	k, bytes, latest := 0, int64(0), int64(math.MinInt64)
	for ; k < len(f.ahead); k++ {
		p := &f.ahead[k]
		if k > 0 && p.Time >= until {
			break
		}
		bytes += int64(len(p.Data))
		latest = max(latest, p.Time)
	}
	packets := f.ahead[:k]
	number := packets[k-1].Frame
	f.report.packets += int64(k)
	f.report.bytes += bytes
	f.report.last = max(f.report.last, latest)
	t.time = max(t.time, latest)
	if t.base != 0 {
		for i := range packets {
			packets[i].Frame += t.base
		}
	}
	f.report.filtered += t.followAll(packets)
	if !f.next(k, n) {
		t.file = nil
		t.base += number
		return k
	}
	t.time = max(t.time, f.packet.Time)
	return k
}
