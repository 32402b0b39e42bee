package live

import (
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// Options say what is captured, and how long.
type Options struct {
	Interfaces []string      // as the user named them
	Duration   time.Duration // after which the capture ends; 0: none
	Packets    int64         // after which the capture ends; 0: none
	Tap        run.TapOptions
	Analysis   analysis.Options
	Write      write.Options
}

// Printer takes what is found. All functions but end may be nil, and none is
// called after an error.
type Printer struct {
	Handshake func(*report.Handshake) error
	Finding   func(*report.Finding) error // each, as it becomes known, and its revisions
	Health    func(*watch.Health) error   // once a minute
	End       func(*result.Result) error  // once, at the end
	Stream    bool                        // a handshake is printed with its verdict, not as it leaves the window
}

// A Counter counts what is found. It must not block.
type Counter interface {
	Handshake(*report.Handshake) // with its verdict
	Finding(*report.Finding)     // as it becomes known, and its revisions
	Update(*watch.Health)        // once a refresh
}

// uncounted counts nothing.
type uncounted struct{}

func (uncounted) Handshake(*report.Handshake) {}
func (uncounted) Finding(*report.Finding)     {}
func (uncounted) Update(*watch.Health)        {}
