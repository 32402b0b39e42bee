package tui

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// columns returns how many columns of a terminal a safe text takes. It counts
// character by character, as terminals do that know nothing of clusters: a text
// may turn out narrower than that, but not wider.
func columns(s string) int {
	if safe.Plain(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += runewidth.RuneWidth(r)
	}
	return n
}

// splitAt divides a safe text where its first part fills width columns, or one
// less if a wide character is there.
func splitAt(s string, width int) (string, string) {
	used := 0
	for i, r := range s {
		if used += runewidth.RuneWidth(r); used > width {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// fitted cuts a safe text to width columns and fills them up.
func fitted(s string, width int) string {
	const dots = "..."
	if columns(s) > width {
		if width > 2*len(dots) {
			s, _ = splitAt(s, width-len(dots))
			s += dots
		} else {
			s, _ = splitAt(s, max(width, 0))
		}
	}
	return s + blanks(width-columns(s))
}

// flushRight is fitted for numbers: digits are below each other.
func flushRight(s string, width int) string {
	return blanks(width-columns(s)) + fitted(s, min(width, columns(s)))
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// line is a line of the screen that is being written. What does not fit the
// screen is left out.
type line struct {
	look  term.Look
	width int
	used  int // columns
	b     strings.Builder
}

// add writes a safe text in a style, or in none if that is "".
func (l *line) add(style, text string) *line {
	text, _ = splitAt(text, l.width-l.used)
	l.used += columns(text)
	l.b.WriteString(l.look.Style(style, text))
	return l
}

// fill goes on with pattern, one column wide, up to a column of the screen.
func (l *line) fill(style, pattern string, to int) *line {
	wide := max(columns(pattern), 1) // East Asian terminals draw some lines twice as wide
	return l.add(style, strings.Repeat(pattern, max(min(to, l.width)-l.used, 0)/wide))
}

func (l *line) String() string { return l.b.String() }

// wrapStyled breaks a line at blanks into lines of at most width columns; all
// but the first begin with hang blanks. Styles are those of single words, so
// none of them is open at the end of a line.
func wrapStyled(s string, width, hang int) []string {
	hang = min(hang, width/2)
	var out []string
	begun, used, empty := "", 0, true
	next := func() {
		out = append(out, begun)
		begun, used, empty = blanks(hang), hang, true
	}
	for i, word := range strings.Split(s, " ") {
		gap := min(i, 1)
		n := columns(unstyled(word))
		if used+gap+n > width && !empty {
			next()
			gap = 0
		}
		if len(out) > 0 && empty {
			gap = 0
		}
		if used+gap+n > width {
			for word = unstyled(word); columns(word) > width-used-gap; gap = 0 {
				head, rest := splitAt(word, width-used-gap)
				if head == "" && len(out) > 0 {
					break // not even one character has a place
				}
				begun += blanks(gap) + head
				word = rest
				next()
			}
			n = columns(word)
		}
		begun += blanks(gap) + word
		used += gap + n
		empty = empty && word == ""
	}
	return append(out, begun)
}

// unstyled removes the sequences of a Look.
func unstyled(s string) string {
	for {
		i := strings.IndexByte(s, '\x1b')
		if i < 0 {
			return s
		}
		end := strings.IndexByte(s[i:], 'm')
		if end < 0 {
			return s[:i]
		}
		s = s[:i] + s[i+end+1:]
	}
}
