package main

import (
	"io"
	"ntlmtrace/analysis/report"
	"os"

	"golang.org/x/term"
)

// look is how tables and findings are drawn: fancy for a person at a terminal,
// plain ASCII of full width for a file, a pipe or a screen reader.
type look struct {
	fancy bool // box drawing and colour
	width int  // of the page in columns; 0 has no limit
}

// lookOf finds out what w can show. Colour and boxes need a terminal, and
// NO_COLOR (no-color.org), TERM=dumb and --no-color each take both away.
func lookOf(w io.Writer, s *settings) look {
	l := look{width: s.width}
	fd, ok := terminal(w)
	if !ok {
		return l
	}
	l.fancy = !s.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && showsEscapes(fd)
	if l.width == 0 {
		if columns, _, err := term.GetSize(fd); err == nil {
			l.width = columns
		}
	}
	return l
}

// terminal gives the descriptor of w, a reader or writer, if w is a terminal or
// writes to one.
func terminal(w any) (fd int, ok bool) {
	if o, ok := w.(*liveOutput); ok {
		w = o.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// Select Graphic Rendition sequences, ECMA-48 section 8.3.117.
const (
	styleOff  = "\x1b[0m"
	styleBold = "\x1b[1m"
)

var severityStyles = [...]string{
	report.Info:   "\x1b[2m",
	report.Low:    "\x1b[36m",
	report.Medium: "\x1b[33m",
	report.High:   "\x1b[1;31m",
}

// severity colours text, which belongs to something of severity v.
func (l look) severity(v report.Severity, text string) string {
	if !l.fancy {
		return text
	}
	return severityStyles[v] + text + styleOff
}

// bold makes text stand out.
func (l look) bold(text string) string {
	if !l.fancy || text == "" {
		return text
	}
	return styleBold + text + styleOff
}
