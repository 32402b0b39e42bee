package live

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// maxPending bounds what waits to be written while the disk is full.
const maxPending = 1 << 20

// Output is where the results of a live capture go. A disk that is full for a
// while must not end a capture of days: what cannot be written waits, up to
// maxPending, and after that is dropped and counted. Only a reader that has
// gone is an error: nobody will ever read the rest.
type Output struct {
	name   string // for messages
	w      io.Writer
	note   func(string)
	file   bool                           // w is a file of ours, to be closed
	reopen func() (io.WriteCloser, error) // opens it again by its name; nil for a document

	pending []byte
	torn    bool  // the first line that waits is there in part
	failing bool  // the last write failed, and that was said
	dropped int64 // lines that were not written and never will be
	before  int64 // dropped, as of the beginning of this failure
	gone    error // the reader has gone
}

// OpenResults opens the file called name for results, or takes standard output
// if name is empty. A stream of objects or lines goes on where it ended; a
// document is one by itself.
func OpenResults(name string, stdout io.Writer, stream bool) (*Output, error) {
	if name == "" {
		return &Output{name: "standard output", w: stdout}, nil
	}
	// User names and hosts are not for everybody on the machine.
	const mode = 0o600
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	open := func() (io.WriteCloser, error) { return os.OpenFile(name, flags, mode) }
	first := flags
	if !stream {
		first |= os.O_TRUNC
	}
	f, err := os.OpenFile(name, first, mode)
	if err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	o := &Output{name: name, w: f, file: true}
	if stream {
		o.reopen = open
	}
	return o, nil
}

// Underlying returns the writer that the results go to.
func (o *Output) Underlying() io.Writer { return o.w }

// Write implements io.Writer. p is written whole, or waits whole, or is dropped
// whole and counted. The error is that the reader has gone.
func (o *Output) Write(p []byte) (int, error) {
	if o.gone != nil {
		return 0, o.gone
	}
	if len(o.pending)+len(p) > maxPending {
		o.flush() // the disk may have room again
	}
	if waiting := len(o.pending); waiting > 0 && waiting+len(p) > maxPending {
		o.dropped += lines(p)
		return len(p), o.gone
	}
	o.pending = append(o.pending, p...)
	o.flush()
	return len(p), o.gone
}

// flush writes what waits, as far as that goes.
func (o *Output) flush() {
	for len(o.pending) > 0 && o.gone == nil {
		n, err := o.w.Write(o.pending)
		n = min(max(n, 0), len(o.pending))
		if n > 0 {
			o.torn = o.pending[n-1] != '\n'
			o.pending = o.pending[:copy(o.pending, o.pending[n:])]
		}
		if err == nil && n == 0 && len(o.pending) > 0 {
			err = io.ErrShortWrite
		}
		switch {
		case err == nil:
		case brokenPipe(err), errors.Is(err, io.ErrClosedPipe):
			o.leave(err)
			return
		default:
			o.fail(err)
			return
		}
	}
	if o.failing && o.gone == nil {
		o.failing = false
		o.tell("%s: written again%s", o.name, lostText(o.dropped-o.before))
	}
}

// leave ends the output: there is nobody to read it.
func (o *Output) leave(err error) {
	o.gone = fmt.Errorf("%s: the reader has gone: %w", o.name, err)
	o.pending = nil
}

// fail reports once that writing fails.
func (o *Output) fail(err error) {
	if o.failing {
		return
	}
	o.failing, o.before = true, o.dropped
	o.tell("%s: %v; what is found now waits, up to %s", o.name, err, units.Bytes(maxPending))
}

func (o *Output) tell(format string, args ...any) {
	if o.note != nil {
		o.note(fmt.Sprintf(format, args...))
	}
}

// again opens the file by its name again, after somebody has moved the old one
// away. If that fails, the old one stays.
func (o *Output) again() {
	if o.reopen == nil {
		o.tell("%s is one document: it is not opened again", o.name)
		return
	}
	o.flush()
	w, err := o.reopen()
	if err != nil {
		o.tell("%v; the old file stays in use", err)
		return
	}
	if o.torn {
		// Half a line is in the old file: the other half would spoil the new
		// one.
		cut := bytes.IndexByte(o.pending, '\n') + 1
		if cut == 0 {
			cut = len(o.pending)
		}
		o.pending = o.pending[:copy(o.pending, o.pending[cut:])]
		o.torn = false
		o.dropped++
	}
	closing(o.w)
	o.w = w
	o.tell("%s: opened again", o.name)
	o.flush()
}

// end writes what waits for the last time. Its error states what was lost.
func (o *Output) end() error {
	o.flush()
	o.dropped += lines(o.pending)
	o.pending = nil
	if o.file {
		if err := closing(o.w); err != nil && o.gone == nil {
			return err
		}
	}
	if o.dropped > 0 && o.gone == nil {
		return fmt.Errorf("%s: %s could not be written", o.name, units.Count(o.dropped, "line"))
	}
	return o.gone
}

func closing(w io.Writer) error {
	if c, ok := w.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// lines counts the lines in p, of which the last need not end.
func lines(p []byte) int64 {
	n := int64(bytes.Count(p, []byte("\n")))
	if len(p) > 0 && p[len(p)-1] != '\n' {
		n++
	}
	return n
}

func lostText(dropped int64) string {
	if dropped == 0 {
		return ", nothing was lost"
	}
	return ", " + units.Count(dropped, "line") + " lost"
}
