package words

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks text at blanks into lines of at most width characters; a longer
// word has a line of its own. A width of 0 or less does not break at all.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			line, length = word, n
		case width <= 0 || length+1+n <= width:
			line, length = line+" "+word, length+1+n
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line, length = word, n
		}
	}
	return append(lines, line)
}
