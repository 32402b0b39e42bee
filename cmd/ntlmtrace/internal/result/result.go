// Package result holds what a run returns, for the formats to print.
//
//	captures --run--> Result: sources, report, what was written --format--> stdout
//	                  Locator: frame of a tap --> file and number in it
package result

import (
	"ntlmtrace/analysis/report"
)

// Result is what is known at the end of a run.
type Result struct {
	Sources     []*Source // in the order given
	Report      report.Report
	Written     *Written        // nil without --write
	Counters    report.Counters // of what was not read or dropped
	Interrupted bool            // by the user: the captures were not read to their end
}

// Source is what reading one FILE gave.
type Source struct {
	Name      string
	Group     int // captures of one group were analysed together; 0 if all were
	Packets   int64
	Filtered  int64 // of packets, those that --filter leaves out
	Bytes     int64 // captured, without the file's own headers
	First     int64 // capture times, nanoseconds since 1970; only if there are packets
	Last      int64
	LinkTypes []string
	Truncated bool // damaged, or it ends in the middle of a packet
	Problems  int64
	Drops     int64  // packets that the capturing machine reports as missed
	Failure   string // why reading ended before the end of the file
}

// Written is what was written.
type Written struct {
	Name        string
	Packets     int64
	Bytes       int64
	Files       int64 // that were begun; the oldest may have gone
	Connections int64
	Partial     int64 // connections of which the SYN was not written
	Early       int64 // packets that had gone before it was known that they are wanted
	Forgotten   int64 // connections that were lost sight of
	Cut         int64 // packets cut to their headers
	Lost        int64 // packets that could not be written
}

// A Locator finds the file that a frame is in. What it knows grows while
// captures are read: it is called when the frame is printed.
type Locator interface {
	// Locate returns the name of the file that holds a frame of a tap, and the
	// number that the frame has there.
	Locate(tap int, frame int64) (name string, number int64)
	// Several reports whether there is more than one file.
	Several() bool
}
