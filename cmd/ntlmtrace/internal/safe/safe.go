// Package safe makes text from the wire fit for a terminal.
//
//	user name, target, host, file name --Text--> no escape sequence, nothing invisible
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes text fit for a terminal. User names, targets and host names come
// from the senders of the packets: they can hold escape sequences that move the
// cursor, bidirectional overrides that turn a name around, or characters that
// cannot be seen. All of these are printed as escapes, and every text that is
// not JSON passes through here.
//
// A backslash stays one: DOMAIN\user is what readers look for.
func Text(s string) string {
	if Plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7F:
			fmt.Fprintf(&b, `\x%02x`, r)
		case Invisible(r) && r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		case Invisible(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Plain reports whether s is printable ASCII.
func Plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7E {
			return false
		}
	}
	return true
}

// Invisible reports whether r has no ink of its own. Not graphic are C1
// controls, bidirectional marks, zero-width characters and line separators;
// the rest are letters and marks that fonts draw as nothing.
func Invisible(r rune) bool {
	switch {
	case !unicode.IsGraphic(r):
		return true
	case r == 0x034F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x2800, r == 0x3164, r == 0xFFA0:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF, r >= 0x180B && r <= 0x180F:
		return true // variation selectors
	}
	return false
}

// Shorten makes text safe and cuts it to at most width characters, or not at
// all if width is 0. The end goes: names and paths differ at the front.
func Shorten(s string, width int) string {
	s = Text(s)
	if width <= 0 || utf8.RuneCountInString(s) <= width {
		return s
	}
	const dots = "..."
	runes := []rune(s)
	if width <= len(dots) {
		return string(runes[:width])
	}
	return string(runes[:width-len(dots)]) + dots
}
