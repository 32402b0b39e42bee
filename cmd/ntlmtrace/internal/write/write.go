// Package write writes the packets of the connections that authenticate.
//
//	packets --Take--> extract.Keeper --> Assembler --> Decoder --Sink--> analysis
//	                        ^                             |
//	                        +------ Mark: wanted ---------+
//	                        +--> extract.Files: pcapng, one or a ring of files
package write

import (
	"fmt"
	"net/netip"
	"os"

	"ntlmtrace/capture"
	"ntlmtrace/capture/extract"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
	"ntlmtrace/decode/auth"
)

// Options say what is written where.
type Options struct {
	Name   string // of the file; empty: nothing is written
	Size   int64  // of a file, at which the next one begins; 0: defaultWriteSize
	Files  int    // that are kept, the newest; 0: one file without a limit
	Bodies bool   // long bodies are written whole
	Body   int64  // bytes of a body that are written whole; 0: the default of extract.Options
}

// defaultWriteSize is the size of a file where several are asked for.
const defaultWriteSize = 64 << 20

// Writer writes the packets of a tap that belong to authentication.
type Writer struct {
	name     string
	keeper   *extract.Keeper
	files    *extract.Files
	received map[int]int64 // packets, by interface
	from     Origin
	blamed   int // interface that they are counted for; -1 before one is asked for
}

// A Origin is what packets are taken from: a file, or interfaces.
type Origin interface {
	InterfaceName(n int) string // empty if unknown
	Drops() int64               // packets that the capturing machine missed, up to now
}

// New makes a writer that begins its first file at the time now. Read are the
// captures that must not be written over; failed is called when writing fails.
func New(s Options, from Origin, now int64, read []os.FileInfo, failed func(error)) (*Writer, error) {
	w := &Writer{name: s.Name, received: make(map[int]int64), from: from, blamed: -1}
	o := extract.FileOptions{
		Name:        s.Name,
		Application: "ntlmtrace",
		Count:       s.Files,
		Interface:   func(n int) capture.InterfaceInfo { return capture.InterfaceInfo{Name: from.InterfaceName(n)} },
		Counts:      w.counts,
		Create:      func(name string) (extract.OutputFile, error) { return createUnread(name, read) },
		Failed:      func(err error) { failed(fmt.Errorf("packets cannot be written, it is tried again: %w", err)) },
	}
	if s.Files > 0 {
		o.Size = defaultWriteSize
		if s.Size > 0 {
			o.Size = s.Size
		}
	}
	var err error
	if w.files, err = extract.Create(o, now); err != nil {
		return nil, err
	}
	k := extract.Options{Body: s.Body}
	if s.Bodies {
		k.Body = -1
	}
	w.keeper = extract.New(k, w.files)
	return w, nil
}

// createUnread creates a file unless it is one of those that are read.
func createUnread(name string, read []os.FileInfo) (extract.OutputFile, error) {
	if info, err := os.Stat(name); err == nil {
		for _, r := range read {
			if os.SameFile(info, r) {
				return nil, usage.Errorf("--write %s is the capture that is read: it would be lost", name)
			}
		}
	}
	return extract.CreateFile(name)
}

// maxReceived is how many interfaces are counted.
const maxReceived = 1024

// Take passes p to a, and keeps it if it is wanted.
func (w *Writer) Take(a *tcp.Assembler, p *capture.Packet) {
	if _, known := w.received[p.Interface]; known || len(w.received) < maxReceived {
		w.received[p.Interface]++
	}
	w.keeper.Take(a, p)
}

// counts returns the statistics of interface n. Captures that are read state
// how many packets were missed, not where: they are counted for the first
// interface that is asked for.
func (w *Writer) counts(n int) capture.InterfaceCounts {
	if w.blamed < 0 {
		w.blamed = n
	}
	c := capture.InterfaceCounts{Received: w.received[n]}
	if n == w.blamed {
		c.Dropped = w.from.Drops()
	}
	return c
}

// Watch returns a Consumer that passes everything to c, and takes from it which
// connections are not wanted.
func (w *Writer) Watch(c tcp.Consumer) tcp.Consumer { return w.keeper.Watch(c) }

// Sink returns a auth.Sink that passes everything to s. Each connection of
// which it passes something carries authentication.
func (w *Writer) Sink(s auth.Sink) auth.Sink {
	plain, _ := s.(auth.PlainSink)
	return &markingSink{s, plain, w.keeper}
}

type markingSink struct {
	auth.Sink
	plain  auth.PlainSink // the Sink, if it is one
	keeper *extract.Keeper
}

// WantsPlain implements auth.PlainSink.
func (m *markingSink) WantsPlain(server netip.Addr) bool {
	return m.plain != nil && m.plain.WantsPlain(server)
}

// Plain implements auth.PlainSink. What was asked of a proxy decides what its
// own requests mean: it must be in the file for these to be judged again.
func (m *markingSink) Plain(x *auth.Exchange) {
	m.keeper.Mark()
	m.plain.Plain(x)
}

// Unread implements auth.PlainSink. That a proxy was asked what cannot be read
// decides what its own requests mean, too.
func (m *markingSink) Unread(server netip.Addr, over bool, at capture.Stamp) {
	if m.plain == nil {
		return
	}
	if !over && m.plain.WantsPlain(server) {
		m.keeper.Mark()
	}
	m.plain.Unread(server, over, at)
}

// Request implements auth.Sink.
func (m *markingSink) Request(x *auth.Exchange) auth.Interest {
	m.keeper.Mark()
	return m.Sink.Request(x)
}

// Exchange implements auth.Sink.
func (m *markingSink) Exchange(x *auth.Exchange) auth.Interest {
	m.keeper.Mark()
	return m.Sink.Exchange(x)
}

// Flush writes what waits, for those who read the file now.
func (w *Writer) Flush(now int64) { w.files.Flush(now) }

// Stats returns what was counted up to now.
func (w *Writer) Stats() (extract.Stats, extract.FileStats) { return w.keeper.Stats(), w.files.Stats() }

// Close ends the file and returns what was written.
func (w *Writer) Close() *result.Written {
	w.files.Close()
	k, f := w.keeper.Stats(), w.files.Stats()
	return &result.Written{
		Name: w.name, Packets: f.Packets, Bytes: f.Bytes, Files: f.Files, Lost: f.Lost,
		Connections: k.Connections, Partial: k.Partial, Early: k.Early, Cut: k.Cut, Forgotten: k.Forgotten,
	}
}

// Report writes what was written to n, in one line and one more for each thing
// missing.
func Report(n notes.Notes, r *result.Written) {
	where := r.Name
	if r.Files > 1 {
		where += ", " + units.Count(r.Files, "file")
	}
	n.Note("wrote %s of %s (%s) to %s", units.Count(r.Packets, "packet"), units.Count(r.Connections, "connection"), units.Bytes(r.Bytes), where)
	if r.Early > 0 {
		n.Warning("%s: %s of these connections had to go before it was known that they authenticate", r.Name, units.Count(r.Early, "packet"))
	}
	if r.Forgotten > 0 {
		n.Warning("%s: %s lost sight of because there were too many", r.Name, units.Count(r.Forgotten, "connection"))
	}
	if r.Lost > 0 {
		n.Warning("%s: %s could not be written", r.Name, units.Count(r.Lost, "packet"))
	}
}
