package analysis

import (
	"net/netip"
	"strconv"
	"strings"
)

// texts keeps strings that stay, many in one piece of memory: names of machines and accounts,
// and what findings say. Whoever holds one of a piece keeps all of it. The zero value is empty.
type texts struct {
	piece strings.Builder // it never grows: what it gave stays where it is
	line  []byte          // that is being written
}

// pieceSize is how many bytes are in a piece.
const pieceSize = 1 << 10

// keep gives a copy of s that stays.
func (t *texts) keep(s string) string {
	if len(s) > pieceSize/4 {
		return strings.Clone(s)
	}
	at := t.room(len(s))
	t.piece.WriteString(s)
	return t.piece.String()[at:]
}

// room makes room for n bytes, and gives where they begin.
func (t *texts) room(n int) int {
	if n > t.piece.Cap()-t.piece.Len() {
		t.piece = strings.Builder{}
		t.piece.Grow(pieceSize)
	}
	return t.piece.Len()
}

// keepBytes gives what b says as a string that stays.
func (t *texts) keepBytes(b []byte) string {
	if len(b) > pieceSize/4 {
		return string(b)
	}
	at := t.room(len(b))
	t.piece.Write(b)
	return t.piece.String()[at:]
}

// format gives a text that stays. It knows only %s and %d of fmt, and only the types that
// findings name: so it need not keep what it is given, which would cost memory for each.
func (t *texts) format(format string, args ...any) string {
	t.line = appendFormat(t.line[:0], format, args...)
	return t.keepBytes(t.line)
}

// account gives the account of h as a text that stays.
func (t *texts) account(h *handshakeState) string {
	if h.Anonymous {
		return anonymousUser
	}
	if domain, user := h.domain(), h.user(); hasDomain(domain, user) {
		return t.format("%s\\%s", domain, user)
	}
	return t.keep(h.user())
}

// appendFormat appends what format says, see texts.format. Where it cannot, it says "%!", as fmt does.
func appendFormat(b []byte, format string, args ...any) []byte {
	for {
		text, rest, more := strings.Cut(format, "%")
		b = append(b, text...)
		if !more {
			return b
		}
		if len(args) == 0 || rest == "" {
			return append(b, "%!"...)
		}
		format = rest[1:] // each type has one verb
		switch v := args[0].(type) {
		case string:
			b = append(b, v...)
		case netip.Addr:
			b = v.AppendTo(b)
		case netip.AddrPort:
			b = v.AppendTo(b)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		default:
			b = append(b, "%!"...)
		}
		args = args[1:]
	}
}
