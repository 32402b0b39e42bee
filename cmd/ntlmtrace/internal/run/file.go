package run

import (
	"errors"
	"io"
	"os"

	"ntlmtrace/capture"
	capfile "ntlmtrace/capture/file"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
)

// maxWarnings is how many problems of one file are reported; all are counted.
const maxWarnings = 5

// batchSize is how many packets are read at once where they lie in memory
// already: enough to keep the assembler busy while it waits for memory.
const batchSize = 128

// file is one FILE of the command line. Its packets are read one ahead, so that
// it is known when the next one was captured.
type file struct {
	index  int
	report *result.Source
	source *capfile.Source  // nil before it is opened and after it is closed
	packet *capture.Packet  // the next one to be followed, with its number in the file
	ahead  []capture.Packet // packet and those after it that were read with it
	room   []capture.Packet // where ahead is
	shift  int64            // how far its clock is ahead of that of the other files, nanoseconds
	last   int64            // the latest capture time that is known beforehand
	whole  bool             // that is the latest of the file
	after  []*file          // those that it continues by the bytes of a connection
	tap    *Tap             // that has read it, or does; nil before
	place  int              // files of one place may continue one another
	group  int              // files of one group are analysed together
	size   int64            // bytes as stored; 0 if unknown
	done   int64            // of these, read so far, as last noted
	read   bool             // at least one packet was read, or the file is an empty capture
}

// open opens the file and reads the first packet. It reports whether there is
// one.
func (f *file) open(stdin io.Reader, l capture.Limits, n notes.Notes) bool {
	var err error
	f.source, err = openInput(f.report.Name, stdin, l)
	if err != nil {
		f.fail(err, n)
		return false
	}
	f.size = f.source.Size()
	f.ahead = nil
	if !f.next(0, n) {
		return false
	}
	f.report.First, f.report.Last = f.packet.Time, f.packet.Time
	return true
}

// next passes over the first n packets of ahead, and reads more if that is all.
// At the end of the file it closes it, warns of what was wrong with it, and
// reports false.
func (f *file) next(n int, told notes.Notes) bool {
	if f.ahead = f.ahead[n:]; len(f.ahead) > 0 {
		f.packet = &f.ahead[0]
		return true
	}
	if f.room == nil {
		f.room = make([]capture.Packet, batchSize)
	}
	read, err := f.source.NextAll(f.room)
	if err == nil {
		f.ahead, f.packet = f.room[:read], &f.room[0]
		if f.shift != 0 {
			for i := range f.ahead {
				f.ahead[i].Time -= f.shift
			}
		}
		f.read = true
		return true
	}
	if err == io.EOF {
		f.read = true
	} else {
		f.fail(err, told)
	}
	f.close(told)
	return false
}

// fail notes why the rest of the file cannot be read.
func (f *file) fail(err error, n notes.Notes) {
	f.report.Failure = err.Error()
	f.report.Truncated = errors.As(err, new(*capfile.DamageError))
	n.Warning("%v", err)
	if errors.Is(err, os.ErrPermission) {
		n.Hint("captures are often readable by root or by a group only: copy the file or change its mode")
	}
}

// suspend closes a file that can be opened again, so that a thousand files of a
// ring buffer are not open at once. It reports whether it did.
func (f *file) suspend() bool {
	info, err := os.Stat(f.report.Name)
	if isStandardInput(f.report.Name) || err != nil || !info.Mode().IsRegular() {
		return false
	}
	f.source.Close()
	f.source = nil
	return true
}

// close ends the reading of the file, wherever it is.
func (f *file) close(n notes.Notes) {
	if f.source == nil {
		return
	}
	f.report.LinkTypes = make([]string, 0, 1)
	for _, t := range f.source.LinkTypes() {
		f.report.LinkTypes = append(f.report.LinkTypes, t.String())
	}
	f.report.Drops = f.source.Drops()
	problems, count := f.source.Problems()
	f.report.Problems = count
	for i, p := range problems {
		if i == maxWarnings {
			n.Warning("%s: and %d more problems", f.report.Name, count-maxWarnings)
			break
		}
		n.Warning("%s: %v", f.report.Name, p)
	}
	if f.report.Truncated {
		f.report.Problems++
	}
	f.note()
	f.source.Close()
	f.source = nil
}

// Drops returns how many packets the capturing machine missed, by its own
// count, up to now.
func (f *file) Drops() int64 {
	if f.source != nil {
		return f.source.Drops()
	}
	return f.report.Drops
}

// InterfaceName returns the name of interface n while the file is open.
func (f *file) InterfaceName(n int) string {
	if f.source == nil {
		return ""
	}
	return f.source.InterfaceName(n)
}

// note keeps how far the file was read, for the progress.
func (f *file) note() {
	if f.source != nil {
		f.done = f.source.Offset()
	}
}

// offset is how many bytes of the file were read, of size.
func (f *file) offset() int64 { return f.done }
