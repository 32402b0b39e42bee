package http

import (
	"bytes"
	"iter"
)

// nameSet is a set of the first three letters of names, in any case: one of 64
// bits for all three. What is not in it is not there; most that is in it is.
type nameSet uint64

// startOf returns the set of the names that begin as four does: four letters in
// lower case, the first one lowest. The fourth does not count, it may be the
// colon of a short name. With this factor no mark (markFields) that most heads
// lack has the bit of a name that most of them have.
func startOf(four uint32) nameSet { return 1 << ((four << 8) * 0x1b9e87ed >> 26) }

// startOfName is startOf for a name of three letters at least.
func startOfName(name string) nameSet {
	return startOf(uint32(name[0]) | uint32(name[1])<<8 | uint32(name[2])<<16 | 0x202020)
}

// fields returns the fields of a head whose names begin with a letter, in any
// case, in order: names as sent and values without white space around. Folded
// lines are joined, RFC 9112 section 5.2; a line without a colon is passed over.
func fields(head []byte, letter byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := head[lineEnd(head, 0):]; len(rest) > 0; {
			if (rest[0]^letter)&^0x20 != 0 {
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
// The names, unless they are 0, are those of its fields: most fields that are
// asked for are not there.
func field(head []byte, names nameSet, name string) string {
	return string(fieldBytes(head, names, name))
}

// fieldBytes is field without a copy, if there is one such field.
func fieldBytes(head []byte, names nameSet, name string) []byte {
	if len(name) < 3 || names != 0 && names&startOfName(name) == 0 {
		return nil
	}
	var values []byte
	found := false
	for k, v := range fields(head, name[0]) {
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
