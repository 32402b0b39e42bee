package filter

import (
	"fmt"
	"strconv"
)

// SyntaxError says why an expression is not a filter.
type SyntaxError struct {
	Expr   string // the whole expression
	Column int    // where it goes wrong: bytes from 1; one past the end if something is missing
	Text   string // what is wrong there, and what was expected
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("filter: column %d: %s", e.Column, e.Text) }

// shortest is how much of a word an error repeats.
const shortest = 40

// quoted repeats a word of an expression, which may be long and hold anything.
func quoted(text string) string {
	if len(text) > shortest {
		return strconv.Quote(text[:shortest]) + "..."
	}
	return strconv.Quote(text)
}
