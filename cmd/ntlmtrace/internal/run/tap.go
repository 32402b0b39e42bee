package run

import (
	"math"
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/filter"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// Tap is one place where traffic was captured: a file, or several that
// continue one another (ring buffers) and so share the table of connections.
// Two taps may show the same packets: each is assembled by itself.
type Tap struct {
	index     int
	Assembler *tcp.Assembler
	Decoder   *decode.Decoder
	only      *filter.Filter // nil: all packets
	writer    *write.Writer  // nil if nothing is written
	file      *file          // being read; nil between two files and at the end
	last      *file          // that was read, or is
	base      int64          // frames of the files before it
	place     int            // of its files
	time      int64          // capture time of the next packet, or of the newest if the packets before it are newer
}

// TapOptions say what a tap takes.
type TapOptions struct {
	Only      *filter.Filter // the packets to follow; nil: all
	Assembler tcp.AssemblerOptions
}

// NewTap returns a tap that passes what it decodes to sink, and its packets to
// w unless that is nil.
func NewTap(index int, o TapOptions, sink auth.Sink, w *write.Writer) *Tap {
	t := &Tap{index: index, only: o.Only, writer: w}
	if w != nil {
		t.Decoder = decode.NewDecoder(index, w.Sink(sink), decode.Limits{})
		t.Assembler = tcp.NewAssembler(o.Assembler, w.Watch(t.Decoder))
		return t
	}
	t.Decoder = decode.NewDecoder(index, sink, decode.Limits{})
	t.Assembler = tcp.NewAssembler(o.Assembler, t.Decoder)
	return t
}

// Wanted reports whether --filter lets p through.
func (t *Tap) Wanted(p *capture.Packet) bool {
	// Keep, not Match: later fragments have no ports, and are needed.
	return t.only == nil || t.only.Keep(p)
}

// Follow takes the next packet.
func (t *Tap) Follow(p *capture.Packet) {
	if t.writer != nil {
		t.writer.Take(t.Assembler, p)
		return
	}
	t.Assembler.Packet(p)
}

// followAll takes packets and returns how many of them the filter leaves out.
func (t *Tap) followAll(packets []capture.Packet) (filtered int64) {
	if t.only == nil && t.writer == nil {
		t.Assembler.Packets(packets)
		return 0
	}
	for i := range packets {
		if p := &packets[i]; t.Wanted(p) {
			t.Follow(p)
		} else {
			filtered++
		}
	}
	return filtered
}

// begin goes on with file f.
func (t *Tap) begin(f *file) {
	t.file, t.last, f.tap = f, f, t
	t.time = max(t.time, f.packet.Time)
}

// before returns how the times of f follow those of the files of t, the last
// of which ends at end.
func (t *Tap) before(f *file, end int64) resemblance {
	length := min(end-t.last.report.First, f.last-f.report.First)
	r := resemblance{gap: time.Duration(f.report.First - end), length: time.Duration(length)}
	if slices.ContainsFunc(f.after, func(earlier *file) bool { return earlier.tap == t }) {
		r.shared.GoOn = 1
	}
	return r
}

// steps follows the next packet and those after it that are in memory and
// before the time until, and reads the one after them. It returns how many it
// followed.
func (t *Tap) steps(until int64, n notes.Notes) int {
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
	f.report.Packets += int64(k)
	f.report.Bytes += bytes
	f.report.Last = max(f.report.Last, latest)
	t.time = max(t.time, latest)
	if t.base != 0 {
		for i := range packets {
			packets[i].Frame += t.base
		}
	}
	f.report.Filtered += t.followAll(packets)
	if !f.next(k, n) {
		t.file = nil
		t.base += number
		return k
	}
	t.time = max(t.time, f.packet.Time)
	return k
}
