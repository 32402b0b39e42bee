// Package format says what a format of the output is.
//
//	Format --Open(io.Writer, Options)--> Printer: Handshake, Finding, Health, End
//
// A format sees what was found, a locator of frames and a writer: neither the
// engine that finds nor the flags of the command.
package format

import (
	"io"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// A Format prints what a run finds.
type Format struct {
	Name  string
	About string // for the help
	// Stream is true if each object is printed as it becomes known. Live, where
	// the window is ten minutes, a handshake then is printed when it has its
	// verdict.
	Stream bool
	// Open begins a print to w.
	Open func(w io.Writer, o Options) Printer
}

// Options say how to print.
type Options struct {
	Page       term.Page
	Handshakes bool           // list the handshakes too
	Limit      int            // rows of a table; 0 has no limit
	Places     result.Locator // of the frames that are printed
}

// A Printer is a print that has begun. Its functions answer the first error of
// the writer, and none of them is called after one. All but end may be nil.
type Printer struct {
	Handshake func(*report.Handshake) error // each, in order, as it leaves the window
	Finding   func(*report.Finding) error   // each, as it becomes known, and its revisions
	Health    func(*watch.Health) error     // live, once a minute
	End       func(*result.Result) error    // once, at the end
}
