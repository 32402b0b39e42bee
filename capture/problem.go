package capture

import (
	"errors"
	"fmt"
	"io"
)

// maxProblems is how many problems of a source are kept; the others are only
// counted, so that a hostile file cannot fill the memory with complaints.
const maxProblems = 100

// Problem is something odd in a capture file that did not end the reading.
type Problem struct {
	Frame  int64  // number of the frame concerned; 0 if it is no frame
	Offset int64  // where the record begins: bytes of the capture, decompressed
	Text   string // what is odd, without the name of the file
}

// String gives the problem with its place.
func (p Problem) String() string { return place(p.Offset, p.Frame) + p.Text }

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
	text := e.File + ": " + place(e.Offset, e.Frame) + e.Why
	if e.Err != nil && !errors.Is(e.Err, io.ErrUnexpectedEOF) {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *DamageError) Unwrap() error { return e.Err }

// place writes where something is, ready to be followed by what it is.
func place(offset, frame int64) string {
	if frame == 0 {
		return fmt.Sprintf("byte %d: ", offset)
	}
	return fmt.Sprintf("byte %d: frame %d: ", offset, frame)
}

// problems keeps the first problems and counts all.
type problems struct {
	kept  []Problem
	count int64
}

func (l *problems) add(offset, frame int64, format string, args ...any) {
	l.count++
	if len(l.kept) < maxProblems {
		l.kept = append(l.kept, Problem{Frame: frame, Offset: offset, Text: fmt.Sprintf(format, args...)})
	}
}
