// Package notes writes what is not a result: notes, warnings, failures and
// hints, each a line that begins with the name of the program.
//
//	Note, Warning, Failure, Hint, Point --safe.Text--> "ntlmtrace: warning: ..." --> standard error
package notes

import (
	"fmt"
	"io"
	"strings"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
)

// Notes is standard error: everything that is not a result. What it prints may
// quote a capture or a file name, so it is made safe like any other text.
type Notes struct{ W io.Writer }

func (n Notes) print(label, format string, args ...any) {
	fmt.Fprintf(n.W, "ntlmtrace: %s%s\n", label, safe.Text(fmt.Sprintf(format, args...)))
}

// Note writes a line.
func (n Notes) Note(format string, args ...any) { n.print("", format, args...) }

// Failure writes what ended the program.
func (n Notes) Failure(err error) { n.print("", "%v", err) }

// Warning writes what is missing in the results, and why.
func (n Notes) Warning(format string, args ...any) { n.print("warning: ", format, args...) }

// Hint writes what may help.
func (n Notes) Hint(format string, args ...any) { n.print("hint: ", format, args...) }

// To returns notes that are written to w.
func To(w io.Writer) Notes { return Notes{w} }

// Point shows where an expression goes wrong: a part of it with a mark below
// the byte at column, from 1.
func (n Notes) Point(expr string, column int) {
	const before, after = 60, 20
	at := min(column-1, len(expr))
	from, to := max(0, at-before), min(len(expr), at+after)
	shown := []byte(expr[from:to])
	for i, c := range shown {
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			shown[i] = ' '
		case c < 0x20 || c > 0x7e:
			shown[i] = '?' // one column for a byte, so that the mark is below the right one
		}
	}
	n.print("", "  %s", shown)
	n.print("", "  %s^", strings.Repeat(" ", at-from))
}
