package main

import "strings"

// point shows where an expression goes wrong: a part of it with a mark below the
// byte at column, from 1.
func (n notes) point(expr string, column int) {
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
