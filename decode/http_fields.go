package decode

import (
	"bytes"
	"iter"
	"strings"
)

// fields gives the fields of a head in order, the start line left out: names
// as sent and values without white space around. Folded lines are joined, RFC
// 9112 section 5.2; a line without a colon is passed over.
func fields(head string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		_, rest, _ := strings.Cut(head, "\n")
		for rest != "" {
			var line string
			line, rest = cutField(rest)
			name, value, ok := strings.Cut(line, ":")
			name = strings.TrimRight(name, " \t")
			if ok && name != "" && !yield(name, strings.Trim(value, " \t\r")) {
				return
			}
		}
	}
}

// cutField cuts the first field with its folded lines off rest. A line that is
// folded into the start line belongs to no field.
func cutField(rest string) (line, after string) {
	if isBlank(rest[0]) {
		_, after, _ = strings.Cut(rest, "\n")
		return "", after
	}
	end, folded := lineEnd(rest, 0), false
	for end < len(rest) && isBlank(rest[end]) {
		end, folded = lineEnd(rest, end), true
	}
	line = strings.TrimRight(rest[:end], "\r\n")
	if folded {
		line = joinFolded(line)
	}
	return line, rest[end:]
}

// lineEnd gives the index after the line that is at from.
func lineEnd(s string, from int) int {
	if i := strings.IndexByte(s[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return len(s)
}

// joinFolded replaces each line end and the white space around it by a space.
func joinFolded(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Trim(l, " \t\r")
	}
	return strings.Join(lines, " ")
}

// field gives the values of every field of head called name, joined by ", ".
func field(head, name string) string {
	var values []string
	for k, v := range fields(head) {
		if strings.EqualFold(k, name) {
			values = append(values, v)
		}
	}
	return strings.Join(values, ", ")
}

// unfold gives a copy of a head with one line for each field.
func unfold(b []byte) []byte {
	nl := bytes.IndexByte(b, '\n') + 1
	out := append(make([]byte, 0, len(b)), b[:nl]...)
	for rest := string(b[nl:]); rest != ""; {
		var line string
		line, rest = cutField(rest)
		if line != "" {
			out = append(append(out, line...), '\n')
		}
	}
	return append(out, '\n')
}
