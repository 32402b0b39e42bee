package http

import (
	"bytes"
	"iter"
)

// letterSet is a set of first letters of names, in any case: bit i is the
// letter number i of the alphabet. What is no letter falls on one.
type letterSet uint32

func letter(c byte) letterSet { return 1 << (c & 31) }

// fields returns the fields of a head whose names begin with one of the
// letters, in order: names as sent and values without white space around.
// Folded lines are joined, RFC 9112 section 5.2; a line without a colon is
// passed over.
func fields(head []byte, letters letterSet) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := head[lineEnd(head, 0):]; len(rest) > 0; {
			if isBlank(rest[0]) || letters&letter(rest[0]) == 0 {
				// A line that is folded into one passed over is passed over as
				// well.
				rest = rest[lineEnd(rest, 0):]
				continue
			}
			var line []byte
			line, rest = cutField(rest)
			name, value, ok := bytes.Cut(line, colon)
			name = bytes.TrimRight(name, " \t")
			if ok && len(name) > 0 && !yield(name, trimBlanks(value)) {
				return
			}
		}
	}
}

var colon = []byte{':'}

// cutField cuts the first field, which does not begin with a blank, with its
// folded lines off rest.
func cutField(rest []byte) (line, after []byte) {
	end, folded := lineEnd(rest, 0), false
	for end < len(rest) && isBlank(rest[end]) {
		end, folded = lineEnd(rest, end), true
	}
	line = rest[:end]
	if folded {
		line = joinFolded(line)
	}
	return bytes.TrimRight(line, "\r\n"), rest[end:]
}

// lineEnd returns the index after the line that is at from.
func lineEnd(b []byte, from int) int {
	if i := bytes.IndexByte(b[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return len(b)
}

// joinFolded replaces each line end and the white space around it by a space.
func joinFolded(b []byte) []byte {
	lines := bytes.Split(bytes.TrimRight(b, "\r\n"), []byte{'\n'})
	for i, l := range lines {
		lines[i] = trimBlanks(l)
	}
	return bytes.Join(lines, []byte{' '})
}

// trimBlanks takes the white space and carriage returns off both ends of b.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && isBlankOrReturn(b[0]) {
		b = b[1:]
	}
	return trimRight(b)
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isBlankOrReturn(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// trimLineEnds takes empty lines off the start of b.
func trimLineEnds(b []byte) []byte {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}

// trimLeft takes the white space off the start of b.
func trimLeft(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	return b
}

// field returns the values of every field of head called name, joined by ", ".
// The letters, unless they are 0, are those that its fields begin with: most
// fields that are asked for are not there.
func field(head []byte, letters letterSet, name string) string {
	return string(fieldBytes(head, letters, name))
}

// fieldBytes is field without a copy, if there is one such field.
func fieldBytes(head []byte, letters letterSet, name string) []byte {
	if name == "" || letters != 0 && letters&letter(name[0]) == 0 {
		return nil
	}
	var values []byte
	found := false
	for k, v := range fields(head, letter(name[0])) {
		switch {
		case len(k) != len(name) || !bytes.EqualFold(k, []byte(name)):
		case !found:
			values, found = v[:len(v):len(v)], true // a part of head: append copies it
		default:
			values = append(append(values, ", "...), v...)
		}
	}
	return values
}

// unfold returns a copy of a head with one line for each field.
func unfold(b []byte) []byte {
	nl := lineEnd(b, 0)
	out := append(make([]byte, 0, len(b)), b[:nl]...)
	for rest := b[nl:]; len(rest) > 0; {
		if isBlank(rest[0]) {
			rest = rest[lineEnd(rest, 0):] // folded into the start line: it belongs to no field
			continue
		}
		var line []byte
		line, rest = cutField(rest)
		if len(line) > 0 {
			out = append(append(out, line...), '\n')
		}
	}
	return append(out, '\n')
}
