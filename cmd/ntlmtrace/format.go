package main

import (
	"io"
	"ntlmtrace/analysis/report"
	"strings"
)

// formats are the ways to print what was found, the default first. To add one,
// write it in a file of its own and name it here.
var formats = []format{
	tableFormat,
	jsonFormat,
	jsonlFormat,
}

// A format prints what a run finds.
type format struct {
	name  string
	about string // for the help
	// stream is true if each object is printed as it becomes known. Live, where the
	// window is ten minutes, a handshake then is printed when it has its verdict.
	stream bool
	// open begins a print to w. Which file a frame is from is known by o when
	// the frame is printed.
	open func(w io.Writer, s *settings, o *origins) printer
}

// A printer is a print that has begun. Its functions answer the first error of
// the writer, and none of them is called after one. All but end may be nil.
type printer struct {
	handshake func(*report.Handshake) error // each, in order, as it leaves the window
	finding   func(*report.Finding) error   // each, as it becomes known, and its revisions
	health    func(*liveHealth) error       // live, once a minute
	end       func(*result) error           // once, at the end
}

// result is what is known at the end of a run.
type result struct {
	sources     []*sourceReport // in the order given
	report      report.Report
	written     *writtenReport // nil without --write
	interrupted bool           // by the user: the captures were not read to their end
	unwritten   int64          // lines of output that could not be written
}

// kernelDrops is how many packets the capturing machines say they missed.
func (r *result) kernelDrops() int64 {
	var n int64
	for _, s := range r.sources {
		n += s.drops
	}
	return n
}

// formatNamed finds a format.
func formatNamed(name string) (format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, usagef("--format %q is not one of %s", name, strings.Join(formatNames(), ", "))
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}
