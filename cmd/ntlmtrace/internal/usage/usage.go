// Package usage marks errors of the command line: wrong flags or arguments, as
// opposed to a request that cannot be carried out.
//
//	Errorf, Of --> main --errors.As(Error)--> exit status 2, "see --help"
package usage

import "fmt"

// Error is an error of the command line.
type Error struct{ err error }

func (e Error) Error() string { return e.err.Error() }
func (e Error) Unwrap() error { return e.err }

// Of returns err as an error of the command line.
func Of(err error) error { return Error{err} }

// Errorf returns an error of the command line with the text that fmt.Errorf
// makes of its arguments.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }
