package main

import (
	"errors"
	"io"
	"os"

	"ntlmtrace/capture"
)

// maxWarnings is how many problems of one file are told; all are counted.
const maxWarnings = 5

// file is one FILE of the command line. Its packets are read one ahead, so that
// it is known when the next one was captured.
type file struct {
	index  int
	doc    *sourceDoc
	source *capture.Source // nil before it is opened and after it is closed
	packet capture.Packet  // the next one to be given, with its number in the file
	first  int64           // capture time of the first packet
	last   int64           // and of the newest
	size   int64           // bytes as stored; 0 if unknown
	done   int64           // of these, read before it was closed
	read   bool            // at least one packet was read, or the file is an empty capture
}

// open opens the file and reads the first packet. It reports whether there is one.
func (f *file) open(stdin io.Reader, l capture.Limits, n notes) bool {
	var err error
	if f.doc.Name == "-" {
		f.source, err = capture.NewSource("-", stdin, l)
	} else {
		f.source, err = capture.Open(f.doc.Name, l)
	}
	if err != nil {
		f.fail(err, n)
		return false
	}
	f.size = f.source.Size()
	if !f.next(n) {
		return false
	}
	f.first, f.last = f.packet.Time, f.packet.Time
	return true
}

// next reads the next packet. At the end of the file it closes it, tells what
// was wrong with it, and reports false.
func (f *file) next(n notes) bool {
	err := f.source.Next(&f.packet)
	if err == nil {
		f.read = true
		return true
	}
	if err == io.EOF {
		f.read = true
	} else {
		f.fail(err, n)
	}
	f.close(n)
	return false
}

// fail notes why the rest of the file cannot be read.
func (f *file) fail(err error, n notes) {
	f.doc.Error = err.Error()
	f.doc.Truncated = errors.As(err, new(*capture.DamageError))
	n.warning("%v", err)
	if errors.Is(err, os.ErrPermission) {
		n.hint("captures are often readable by root or by a group only: copy the file or change its mode")
	}
}

// suspend closes a file that can be opened again, so that a thousand files of a
// ring buffer are not open at once. It reports whether it did.
func (f *file) suspend() bool {
	info, err := os.Stat(f.doc.Name)
	if f.doc.Name == "-" || err != nil || !info.Mode().IsRegular() {
		return false
	}
	f.source.Close()
	f.source = nil
	return true
}

// close ends the reading of the file, wherever it is.
func (f *file) close(n notes) {
	if f.source == nil {
		return
	}
	f.doc.LinkTypes = make([]string, 0, 1)
	for _, t := range f.source.LinkTypes() {
		f.doc.LinkTypes = append(f.doc.LinkTypes, t.String())
	}
	if f.doc.Packets > 0 {
		f.doc.First, f.doc.Last = clock(f.first), clock(f.last)
	}
	f.doc.Drops = f.source.Drops()
	problems, count := f.source.Problems()
	f.doc.ProblemCount = count
	for i, p := range problems {
		if i == maxWarnings {
			n.warning("%s: and %d more problems", f.doc.Name, count-maxWarnings)
			break
		}
		n.warning("%s: %v", f.doc.Name, p)
	}
	if f.doc.Truncated {
		f.doc.ProblemCount++
	}
	f.done = f.source.Offset()
	f.source.Close()
	f.source = nil
}

// offset is how many bytes of the file were read, of size.
func (f *file) offset() int64 {
	if f.source == nil {
		return f.done
	}
	return f.source.Offset()
}
