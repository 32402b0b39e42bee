package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// count writes a number with its noun: "1 packet", "12,345 packets".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes n with commas between groups of three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// byteText writes a number of bytes in the largest unit that keeps it above one.
func byteText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return count(n, "byte")
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", v, units[unit])
}

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
