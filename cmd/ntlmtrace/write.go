package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"ntlmtrace/capture"
	"ntlmtrace/capture/extract"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
)

// writeSettings are the flags of --write, read.
type writeSettings struct {
	name   string // empty: nothing is written
	size   byteSize
	files  int
	usual  int // files, where --write-files is not given
	bodies bool
	body   int64 // bytes of a body that are written whole; 0: the default of extract.Options
}

// defaultWriteSize is the size of a file where several are asked for.
const defaultWriteSize = 64 << 20

// writeFlags adds the flags of writing packets.
func writeFlags(c *cobra.Command, s *writeSettings) {
	f := c.Flags()
	f.StringVar(&s.name, "write", "", "write the packets of the connections that authenticate to `FILE`, as pcapng")
	f.Var(&s.size, "write-size", "begin the next file at this size (default 64MiB; needs --write-files)")
	f.IntVar(&s.files, "write-files", s.usual, "keep this many files, the newest; 0 for one without a limit")
	f.BoolVar(&s.bodies, "write-bodies", false, "write long bodies whole, not only their first 64 KiB")
}

// check finds what is wrong with the flags.
func (s *writeSettings) check() error {
	switch {
	case s.name == "" && (s.size > 0 || s.files != s.usual || s.bodies):
		return usagef("--write-size, --write-files and --write-bodies need --write")
	case s.files < 0:
		return usagef("--write-files cannot be negative")
	case s.size > 0 && s.files == 0:
		return usagef("--write-size needs --write-files")
	}
	return nil
}

// writer writes the packets of a tap that belong to authentication.
type writer struct {
	settings *writeSettings
	keeper   *extract.Keeper
	files    *extract.Files
	received map[int]int64 // packets, by interface
	from     tapped
	blamed   int // interface that they are counted for; -1 before one is asked for
}

// tapped is what packets are taken from: a file, or interfaces.
type tapped interface {
	interfaceName(n int) string // empty if unknown
	drops() int64               // packets that the capturing machine missed, up to now
}

// newWriter makes a writer that begins its first file at the time now. Read are the
// captures that must not be written over; failed is told when writing fails.
func newWriter(s *writeSettings, from tapped, now int64, read []os.FileInfo, failed func(error)) (*writer, error) {
	w := &writer{settings: s, received: make(map[int]int64), from: from, blamed: -1}
	o := extract.FileOptions{
		Name:        s.name,
		Application: "ntlmtrace",
		Count:       s.files,
		Interface:   func(n int) capture.InterfaceInfo { return capture.InterfaceInfo{Name: from.interfaceName(n)} },
		Counts:      w.counts,
		Create:      func(name string) (extract.OutputFile, error) { return createUnread(name, read) },
		Failed:      func(err error) { failed(fmt.Errorf("packets cannot be written, it is tried again: %w", err)) },
	}
	if s.files > 0 {
		o.Size = defaultWriteSize
		if s.size > 0 {
			o.Size = int64(s.size)
		}
	}
	var err error
	if w.files, err = extract.Create(o, now); err != nil {
		return nil, err
	}
	k := extract.Options{Body: s.body}
	if s.bodies {
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
				return nil, usagef("--write %s is the capture that is read: it would be lost", name)
			}
		}
	}
	return extract.CreateFile(name)
}

// maxReceived is how many interfaces are counted.
const maxReceived = 1024

// take gives p to a, and keeps it if it is wanted.
func (w *writer) take(a *tcp.Assembler, p *capture.Packet) {
	if _, known := w.received[p.Interface]; known || len(w.received) < maxReceived {
		w.received[p.Interface]++
	}
	w.keeper.Take(a, p)
}

// counts gives the statistics of interface n. Captures that are read say how
// many packets were missed, not where: the first interface that is asked for
// takes the blame.
func (w *writer) counts(n int) capture.InterfaceCounts {
	if w.blamed < 0 {
		w.blamed = n
	}
	c := capture.InterfaceCounts{Received: w.received[n]}
	if n == w.blamed {
		c.Dropped = w.from.drops()
	}
	return c
}

// sink makes a decode.Sink that gives everything to s, and takes each
// connection that s hears of for one that carries authentication.
func (w *writer) sink(s decode.Sink) decode.Sink { return &markingSink{s, w.keeper} }

type markingSink struct {
	decode.Sink
	keeper *extract.Keeper
}

// Request implements decode.Sink.
func (m *markingSink) Request(x *decode.Exchange) {
	m.keeper.Mark()
	m.Sink.Request(x)
}

// Exchange implements decode.Sink.
func (m *markingSink) Exchange(x *decode.Exchange) {
	m.keeper.Mark()
	m.Sink.Exchange(x)
}

// flush writes what waits, for whoever looks at the file now.
func (w *writer) flush(now int64) { w.files.Flush(now) }

// lost is how many packets could not be written up to now.
func (w *writer) lost() int64 { return w.files.Stats().Lost }

// close ends the file and says what was written.
func (w *writer) close() *writtenReport {
	w.files.Close()
	k, f := w.keeper.Stats(), w.files.Stats()
	return &writtenReport{
		name: w.settings.name, packets: f.Packets, bytes: f.Bytes, files: f.Files, lost: f.Lost,
		connections: k.Connections, partial: k.Partial, early: k.Early, cut: k.Cut, forgotten: k.Forgotten,
	}
}

// writtenReport is what was written.
type writtenReport struct {
	name        string
	packets     int64
	bytes       int64
	files       int64 // that were begun; the oldest may have gone
	connections int64
	partial     int64 // connections of which the SYN was not written
	early       int64 // packets that had gone before it was known that they are wanted
	forgotten   int64 // connections that were lost sight of
	cut         int64 // packets cut to their headers
	lost        int64 // packets that could not be written
}

// tell says what was written, in one line and one more for each thing missing.
func (r *writtenReport) tell(n notes) {
	where := r.name
	if r.files > 1 {
		where += ", " + count(r.files, "file")
	}
	n.print("", "wrote %s of %s (%s) to %s", count(r.packets, "packet"), count(r.connections, "connection"), byteText(r.bytes), where)
	if r.early > 0 {
		n.warning("%s: %s of these connections had to go before it was known that they authenticate", r.name, count(r.early, "packet"))
	}
	if r.forgotten > 0 {
		n.warning("%s: %s lost sight of because there were too many", r.name, count(r.forgotten, "connection"))
	}
	if r.lost > 0 {
		n.warning("%s: %s could not be written", r.name, count(r.lost, "packet"))
	}
}

// statAll gives what identifies the files called names and standard input.
func statAll(names []string, stdin io.Reader) []os.FileInfo {
	var list []os.FileInfo
	for _, name := range names {
		info, err := os.Stat(name)
		if file, ok := stdin.(*os.File); ok && name == "-" {
			info, err = file.Stat()
		}
		if err == nil {
			list = append(list, info)
		}
	}
	return list
}
