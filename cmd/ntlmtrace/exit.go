package main

import (
	"errors"
	"fmt"
	"io"

	"ntlmtrace/capture/filter"
)

// The exit statuses. There are no others.
const (
	exitDone    = 0 // also for --help and --version
	exitFailed  = 1 // what was asked could not be done: no such file, nothing readable
	exitUsage   = 2 // wrong flags or arguments
	exitFinding = 3 // a finding at or above --fail-on
)

// usageError is an error of the command line, not of what it asked for.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// hintedError is an error with what may help.
type hintedError struct {
	error
	hint string
}

func (e hintedError) Unwrap() error { return e.error }

// Hint says what may help.
func (e hintedError) Hint() string { return e.hint }

var (
	// errFinding ends a run that did all it was asked to and found something at
	// or above --fail-on. It is not printed: the finding itself was.
	errFinding = errors.New("a finding at or above --fail-on")
	// errNothingRead ends a run in which every file failed, after a warning each.
	errNothingRead = errors.New("nothing could be read")
)

// exitStatus gives the exit status that says how err ended the run.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.As(err, new(usageError)):
		return exitUsage
	}
	return exitFailed
}

// notes is standard error: everything that is not a result. What it prints may
// quote a capture or a file name, so it is made safe like any other text.
type notes struct{ w io.Writer }

func (n notes) print(label, format string, args ...any) {
	fmt.Fprintf(n.w, "ntlmtrace: %s%s\n", label, safe(fmt.Sprintf(format, args...)))
}

func (n notes) note(format string, args ...any)    { n.print("", format, args...) }
func (n notes) failure(err error)                  { n.print("", "%v", err) }
func (n notes) warning(format string, args ...any) { n.print("warning: ", format, args...) }
func (n notes) hint(format string, args ...any)    { n.print("hint: ", format, args...) }

// report tells what ended the run of a command, unless that was told already.
func reportError(n notes, command string, err error) {
	if err == nil || errors.Is(err, errFinding) {
		return
	}
	n.failure(err)
	if e := (*filter.SyntaxError)(nil); errors.As(err, &e) {
		n.point(e.Expr, e.Column)
	}
	var hinted interface{ Hint() string } // the errors of other rooms may have one too
	switch {
	case errors.As(err, &hinted):
		n.hint("%s", hinted.Hint())
	case errors.As(err, new(usageError)):
		n.hint("see %s --help", command)
	}
}
