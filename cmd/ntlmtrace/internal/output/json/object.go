package json

import (
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// object appends the members of a JSON object, RFC 8259. A capture can hold a
// hundred thousand handshakes, which encoding/json writes several times slower.
//
// str, num, flag and the lists are always there; opt, some and mark leave a
// member out that has nothing to say.
type object struct{ b []byte }

func (o *object) begin() { o.b = append(o.b, '{') }
func (o *object) end()   { o.b = append(o.b, '}') }

// key begins a member.
func (o *object) key(name string) {
	if last := len(o.b) - 1; last >= 0 && o.b[last] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) str(name, v string) {
	o.key(name)
	o.b = appendString(o.b, v)
}

func (o *object) opt(name, v string) {
	if v != "" {
		o.str(name, v)
	}
}

func (o *object) num(name string, v int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *object) some(name string, v int64) {
	if v != 0 {
		o.num(name, v)
	}
}

// real adds a number to one decimal place.
func (o *object) real(name string, v float64) {
	o.key(name)
	o.b = strconv.AppendFloat(o.b, v, 'f', 1, 64)
}

func (o *object) flag(name string, v bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *object) mark(name string, v bool) {
	if v {
		o.flag(name, v)
	}
}

// clock adds a capture time, nanoseconds since 1970, unless it is not known.
func (o *object) clock(name string, ns int64) {
	if ns == 0 {
		return
	}
	o.key(name)
	o.b = time.Unix(0, ns).UTC().AppendFormat(o.b, `"2006-01-02T15:04:05.000000000Z"`)
}

// milliseconds adds a duration unless it is 0.
func (o *object) milliseconds(name string, d time.Duration) {
	if d == 0 {
		return
	}
	o.key(name)
	o.b = strconv.AppendFloat(o.b, float64(d)/float64(time.Millisecond), 'f', -1, 64)
}

func (o *object) addr(name string, a netip.Addr) {
	if a.IsValid() {
		o.str(name, a.String())
	}
}

func (o *object) endpoint(name string, a netip.AddrPort) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = a.AppendTo(o.b)
	o.b = append(o.b, '"')
}

func (o *object) strs(name string, list []string) {
	objects(o, name, list, func(v string) { o.b = appendString(o.b, v) })
}

func (o *object) nums(name string, list []int64) {
	objects(o, name, list, func(v int64) { o.b = strconv.AppendInt(o.b, v, 10) })
}

// objects adds a list of which each appends one element.
func objects[T any](o *object, name string, list []T, each func(T)) {
	o.key(name)
	o.b = append(o.b, '[')
	for i, v := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		each(v)
	}
	o.b = append(o.b, ']')
}

// appendString appends s as a JSON string. What is no UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(b, s[start:i]...)
				b = append(b, "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c < 0x20 || c == '"' || c == '\\' || c == 0x7F {
			b = append(b, s[start:i]...)
			if c == '"' || c == '\\' {
				b = append(b, '\\', c)
			} else {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			start = i + 1
		}
		i++
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
