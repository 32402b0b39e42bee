// Package term is about the terminal: what it can show, how far a long run is,
// and the password that a person types.
//
//	Page (flags) + io.Writer --Page.Look--> Look: boxes and colour, columns
//	bytes read ------------ Progress -----> a bar, after a second, on a terminal only
//	question -------------- Password -----> the answer, which is not shown
package term

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Look is how tables and findings are drawn: fancy for a person at a terminal,
// plain ASCII of full width for a file, a pipe or a screen reader.
type Look struct {
	Fancy bool // box drawing and colour
	Width int  // of the page in columns; 0 has no limit
}

// Page is what the user wants of a page, whatever it is printed on.
type Page struct {
	Plain bool // neither boxes nor colour
	Width int  // in columns; 0: that of the terminal, elsewhere no limit
}

// Look finds out what w can show. Colour and boxes need a terminal, and
// NO_COLOR (no-color.org), TERM=dumb and p.plain each take both away.
func (p Page) Look(w io.Writer) Look {
	l := Look{Width: p.Width}
	fd, ok := Terminal(w)
	if !ok {
		return l
	}
	l.Fancy = !p.Plain && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && showsEscapes(fd)
	if l.Width == 0 {
		if columns, _, err := term.GetSize(fd); err == nil {
			l.Width = columns
		}
	}
	return l
}

// Terminal returns the descriptor of w, a reader or writer, if w is a terminal.
// A writer in front of another one has a method Underlying that returns it.
func Terminal(w any) (fd int, ok bool) {
	if o, ok := w.(interface{ Underlying() io.Writer }); ok {
		w = o.Underlying()
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
	StyleOff  = "\x1b[0m"
	StyleBold = "\x1b[1m"
)

// Bold makes text stand out.
func (l Look) Bold(text string) string {
	if !l.Fancy || text == "" {
		return text
	}
	return StyleBold + text + StyleOff
}

// Style draws text with a Select Graphic Rendition sequence, where colour is
// wanted.
func (l Look) Style(sequence, text string) string {
	if !l.Fancy || sequence == "" || text == "" {
		return text
	}
	return sequence + text + StyleOff
}
