package run

import (
	"io"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// Options say what is read, and how.
type Options struct {
	Names    []string  // of the captures; "-" is standard input
	Stdin    io.Reader // may be nil where no name is "-"
	Limits   capture.Limits
	Tap      TapOptions
	Joining  Joining // which files belong together
	Analysis analysis.Options
	Write    write.Options
	Notes    notes.Notes // gets warnings about the captures
	Progress Progress    // nil: none is shown
}

// Progress shows how far a run is.
type Progress interface {
	Begin(total int64) // bytes of all files as stored; 0: unknown
	Update(read int64) // bytes read so far
	End()
}

// Output takes what is found while it is found. After an error the run ends
// with it, and no function is called again. Both may be nil.
type Output struct {
	Handshake func(*report.Handshake) error // each, in order, as it leaves the window
	Finding   func(*report.Finding) error   // each, as it becomes known, and its revisions
}
