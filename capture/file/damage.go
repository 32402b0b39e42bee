package file

import (
	"errors"
	"fmt"
	"io"

	"ntlmtrace/capture"
)

// DamageError says why the rest of a capture file cannot be read. Everything
// before it was read.
type DamageError struct {
	File   string
	Offset int64  // where the unreadable record begins: bytes of the capture, decompressed
	Frame  int64  // number that the record would have had; 0 if it is no frame
	Why    string // what is wrong with it
	Err    error  // io.ErrUnexpectedEOF if the file is too short, else what reading or decompressing it gave; may be nil
}

// Error implements error.
func (e *DamageError) Error() string {
	text := e.File + ": " + capture.Problem{Frame: e.Frame, Offset: e.Offset, Text: e.Why}.String()
	if e.Err != nil && !errors.Is(e.Err, io.ErrUnexpectedEOF) {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *DamageError) Unwrap() error { return e.Err }

// maxProblems is how many problems of a source are kept; the others are only
// counted, so that a hostile file cannot fill the memory with complaints.
const maxProblems = 100

// problems keeps the first problems and counts all.
type problems struct {
	kept  []capture.Problem
	count int64
}

func (l *problems) add(offset, frame int64, format string, args ...any) {
	l.count++
	if len(l.kept) < maxProblems {
		l.kept = append(l.kept, capture.Problem{Frame: frame, Offset: offset, Text: fmt.Sprintf(format, args...)})
	}
}
