package extract

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
)

// FileOptions say where Files writes.
type FileOptions struct {
	// Name is the file. If there may be several, a number and the time go
	// before its extension: web_00001_20261126184200.pcapng.
	Name string
	// Size is how many bytes a file may have, about, before the next one is
	// begun; 0 for no limit.
	Size int64
	// Count is how many files are kept: the oldest goes. With 1 or 0 there is
	// one, which is begun anew when it is full.
	Count int

	Application string                                // for the section header
	Interface   func(n int) capture.InterfaceInfo     // describes an interface; may be nil
	Counts      func(n int) capture.InterfaceCounts   // of an interface since the first packet; may be nil
	Create      func(name string) (OutputFile, error) // CreateFile by default
	Remove      func(name string) error               // os.Remove by default
	Failed      func(err error)                       // called once, when packets cannot be written; may be nil
}

// OutputFile is what Files needs of a file.
type OutputFile interface {
	io.WriteSeeker
	io.Closer
	Truncate(size int64) error
}

// FileStats counts what Files wrote.
type FileStats struct {
	Packets int64
	Bytes   int64
	Files   int64 // that were begun
	Lost    int64 // packets that could not be written
}

const (
	// bufferSize is how much is written at once.
	bufferSize = 64 << 10
	// flushEvery is after how much time, in nanoseconds, a reader sees what was
	// written.
	flushEvery = int64(time.Second)
	// retryAfter is how long nothing is written after an error.
	retryAfter = int64(5 * time.Second)
)

// Files writes packets into one pcapng file, or a ring of them, each complete
// by itself. A file can be read at any time: it holds whole blocks only, also
// after an error. An error ends nothing: what cannot be written is counted, and
// it is tried again in the same file some seconds later; nothing is deleted to
// make space.
//
// It has no clock: time is that of the packets, and what Flush is given.
type Files struct {
	o       FileOptions
	encoder *file.PcapngEncoder
	stats   FileStats
	names   []string // of the files that are there, oldest first
	counted map[int]capture.InterfaceCounts

	file    OutputFile // nil if it could not be created, or was left
	size    int64      // bytes of it
	known   int        // interfaces that are described in it
	buf     []byte     // blocks to be written
	pending int64      // packets in buf
	comment []byte

	now      int64 // the newest time
	began    int64 // when the file was begun
	flushed  int64 // when it was written last
	failed   int64 // when writing failed; valid if paused
	paused   bool
	unusable bool // the one file there is cannot be written any more
	reported bool // Failed was called
}

// Create begins the first file at the time now, in nanoseconds since 1970.
func Create(o FileOptions, now int64) (*Files, error) {
	if o.Create == nil {
		o.Create = CreateFile
	}
	if o.Remove == nil {
		o.Remove = os.Remove
	}
	f := &Files{o: o, now: now, counted: make(map[int]capture.InterfaceCounts)}
	if err := f.beginFile(); err != nil {
		return nil, err
	}
	f.flush()
	return f, nil
}

// CreateFile makes a file that only its owner can read: it holds what passwords
// can be guessed from.
func CreateFile(name string) (OutputFile, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// Stats returns the counts up to now. Packets that are not flushed yet are not
// in it.
func (f *Files) Stats() FileStats { return f.stats }

// Packet implements Output. A new file is begun with a packet that did not
// wait, unless the old one has twice its size: so a file begins after all times
// in those before it, and they can be read as one capture.
func (f *Files) Packet(p *capture.Packet, held bool) {
	f.now = max(f.now, p.Time)
	if f.isFull(held) {
		f.rotate()
	}
	if !f.isReady() {
		f.stats.Lost++
		return
	}
	f.comment = strconv.AppendInt(append(f.comment[:0], "frame "...), p.Frame, 10)
	var ok bool
	if f.buf, ok = f.encoder.Packet(f.buf, p, f.comment); !ok {
		f.stats.Lost++
		return
	}
	f.pending++
	if len(f.buf) >= bufferSize || f.now-f.flushed >= flushEvery {
		f.flush()
	}
}

// Flush writes what waits. Who has a clock calls it every second, also when no
// packets come.
func (f *Files) Flush(now int64) {
	f.now = max(f.now, now)
	if f.isReady() {
		f.flush()
	}
}

// Close ends the file.
func (f *Files) Close() { f.endFile() }

// isFull reports whether another file is due.
func (f *Files) isFull(held bool) bool {
	size := f.size + int64(len(f.buf))
	return f.o.Size > 0 && f.file != nil && size >= f.o.Size && (!held || size/2 >= f.o.Size)
}

// rotate ends the file and begins the next one.
func (f *Files) rotate() {
	f.endFile()
	if f.paused {
		return // the next one would not be written either
	}
	if err := f.beginFile(); err != nil {
		f.pause(err)
	}
}

// beginFile creates a file and puts a section header before what is to be
// written.
func (f *Files) beginFile() error {
	name := f.name()
	file, err := f.o.Create(name)
	if err != nil {
		return err
	}
	f.file, f.size, f.known = file, 0, 0
	f.began, f.flushed = f.now, f.now
	f.stats.Files++
	f.beginSection()
	if n := len(f.names); n == 0 || f.names[n-1] != name {
		f.names = append(f.names, name)
	}
	for len(f.names) > max(1, f.o.Count) {
		if err := f.o.Remove(f.names[0]); err != nil {
			f.reportOnce(err)
		}
		f.names = f.names[1:]
	}
	return nil
}

// name returns the name of the next file.
func (f *Files) name() string {
	if f.o.Count <= 1 {
		return f.o.Name
	}
	ext := filepath.Ext(f.o.Name)
	at := time.Unix(0, f.now).UTC().Format("20060102150405")
	return fmt.Sprintf("%s_%05d_%s%s", strings.TrimSuffix(f.o.Name, ext), f.stats.Files+1, at, ext)
}

// beginSection begins the contents of a file.
func (f *Files) beginSection() {
	f.encoder = file.NewPcapngEncoder(f.o.Interface)
	f.buf = f.encoder.Section(f.buf[:0], f.o.Application)
	f.pending = 0
}

// endFile writes what waits, the statistics, and closes the file.
func (f *Files) endFile() {
	if f.file == nil {
		return
	}
	f.buf = f.encoder.Statistics(f.buf, f.began, f.now, f.counts)
	f.flush()
	if f.file != nil {
		f.closeFile()
	}
}

// closeFile closes the file.
func (f *Files) closeFile() {
	if err := f.file.Close(); err != nil {
		f.reportOnce(err)
	}
	f.file = nil
}

// counts returns the statistics of interface n since they were given last.
func (f *Files) counts(n int) capture.InterfaceCounts {
	if f.o.Counts == nil {
		return capture.InterfaceCounts{}
	}
	all, before := f.o.Counts(n), f.counted[n]
	f.counted[n] = all
	return capture.InterfaceCounts{Received: all.Received - before.Received, Dropped: all.Dropped - before.Dropped}
}

// reportOnce reports the first failure.
func (f *Files) reportOnce(err error) {
	if !f.reported && f.o.Failed != nil {
		f.o.Failed(err)
	}
	f.reported = true
}
