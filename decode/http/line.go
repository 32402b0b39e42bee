package http

import (
	"bytes"

	"ntlmtrace/decode/carrier"
)

// maxMethod is the longest method taken for one; of those registered, the
// longest has 17 letters.
const maxMethod = 32

// mayStart says whether b, which holds no line end, may be the beginning of a
// request or status line.
func mayStart(b []byte) carrier.Verdict {
	n := tokenLen(b)
	switch {
	case n < len(b) && b[n] == '/':
		v := b[:min(len(b), len(httpVersion))]
		if !bytes.Equal(v, httpVersion[:len(v)]) {
			return carrier.No
		}
	case n > maxMethod, n < len(b) && (n == 0 || !isBlank(b[n])):
		return carrier.No
	}
	return carrier.Maybe
}

var httpVersion = []byte("HTTP/1.")

// isVersion tests whether b begins with the version of HTTP/1.
func isVersion(b []byte) bool {
	return len(b) >= 8 && b[0] == 'H' && string(b[:7]) == "HTTP/1." && '0' <= b[7] && b[7] <= '9'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isBlankOrReturn(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

func tokenLen(b []byte) int {
	n := 0
	for n < len(b) && isTokenByte(b[n]) {
		n++
	}
	return n
}

// fieldValue says where in the field line its value is, if it has this name.
func fieldValue(line []byte, name *fieldName) (from, to int, ok bool) {
	// The byte after the name tells most other names apart.
	n := len(name.text)
	if len(line) <= n || line[n] != ':' && !isBlank(line[n]) || !name.begins(line) {
		return 0, 0, false
	}
	// One space, the value, and a carriage return, as nearly always.
	from, to = n+2, len(line)-1
	if from < to && line[n] == ':' && line[n+1] == ' ' && line[from] > ' ' && line[to-1] > ' ' && line[to] == '\r' {
		return from, to, true
	}
	return valueAfter(line, n)
}

// valueAfter is fieldValue for a name of n bytes that the line begins with.
// White space before the colon is against RFC 9112 section 5.1 and yet accepted
// by servers.
func valueAfter(line []byte, n int) (from, to int, ok bool) {
	from = n
	for from < len(line) && isBlank(line[from]) {
		from++
	}
	if from == len(line) || line[from] != ':' {
		return 0, 0, false
	}
	from, to = from+1, len(line)
	for from < to && isBlankOrReturn(line[from]) {
		from++
	}
	for to > from && isBlankOrReturn(line[to-1]) {
		to--
	}
	return from, to, true
}

// equalFold compares b with lower, which is in lower case and as long.
func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hasMember tests whether the list v has the member name, whatever parameters
// follow it.
func hasMember(v []byte, name string) bool {
	for len(v) > 0 {
		var one []byte
		one, v, _ = bytes.Cut(v, comma)
		one = trimLeft(one)
		if n := tokenLen(one); n == len(name) && equalFold(one[:n], name) {
			return true
		}
	}
	return false
}
