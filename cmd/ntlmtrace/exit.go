package main

import (
	"errors"

	"ntlmtrace/capture/filter"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// The exit statuses. There are no others.
const (
	exitDone    = 0 // also for --help and --version
	exitFailed  = 1 // what was asked could not be done: no such file, nothing readable
	exitUsage   = 2 // wrong flags or arguments
	exitFinding = 3 // a finding at or above --fail-on
)

// hintedError is an error with what may help.
type hintedError struct {
	error
	hint string
}

func (e hintedError) Unwrap() error { return e.error }

// Hint returns what may help.
func (e hintedError) Hint() string { return e.hint }

var (
	// errFinding ends a run that did all it was asked to and found something at
	// or above --fail-on. It is not printed: the finding itself was.
	errFinding = errors.New("a finding at or above --fail-on")
)

// exitStatus returns the exit status for err, which ended a command.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.As(err, new(usage.Error)):
		return exitUsage
	}
	return exitFailed
}

// report writes err, which ended a command, unless it was printed already.
func reportError(n notes.Notes, command string, err error) {
	if err == nil || errors.Is(err, errFinding) {
		return
	}
	n.Failure(err)
	if e := (*filter.SyntaxError)(nil); errors.As(err, &e) {
		n.Point(e.Expr, e.Column)
	}
	var hinted interface{ Hint() string } // errors of other packages may have one too
	switch {
	case errors.As(err, &hinted):
		n.Hint("%s", hinted.Hint())
	case errors.As(err, new(usage.Error)):
		n.Hint("see %s --help", command)
	}
}
