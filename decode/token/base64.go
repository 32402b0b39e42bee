package token

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Classes of characters in base64Values that are no digits.
const (
	base64Space = 0xfd // folded white space
	base64Pad   = 0xfe
	base64Bad   = 0xff
)

// base64Values maps characters to digits, of the standard alphabet and of the
// URL one together: no character means different things in the two.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = base64Bad
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	t['+'], t['-'] = 62, 62
	t['/'], t['_'] = 63, 63
	t[' '], t['\t'], t['\r'], t['\n'] = base64Space, base64Space, base64Space, base64Space
	t['='] = base64Pad
	return t
}()

// base64Eights maps the characters of a run of eight, by their place in it, to
// the bits that they set in the six bytes that the run stands for. As one
// number these have the first byte lowest, as a store in little-endian order
// wants it.
type base64Eights [8][256]uint64

// noDigit marks a character that is no digit. It is above the six bytes.
const noDigit = 1 << 63

var base64Tables = func() (t base64Eights) {
	for place := range t {
		group := place / 4 * 24
		for c, digit := range base64Values {
			bits := uint64(noDigit)
			if v := uint64(digit); digit < 64 {
				switch place % 4 {
				case 0:
					bits = v << 2
				case 1:
					bits = v>>4 | v&0x0f<<12
				case 2:
					bits = v>>2<<8 | v&0x03<<22
				case 3:
					bits = v << 16
				}
				bits <<= group
			}
			t[place][c] = bits
		}
	}
	return t
}()

// decode decodes runs of eight from the start of s into out, as far as both
// last, and returns how many characters these were. Each store writes two bytes
// more than it should. The table is a parameter because its address is in a
// register then.
func (t *base64Eights) decode(out, s []byte) int {
	rest := s
	for len(rest) >= 8 && len(out) >= 8 {
		c := binary.LittleEndian.Uint64(rest)
		v := t[0][byte(c)] | t[1][byte(c>>8)] | t[2][byte(c>>16)] | t[3][byte(c>>24)] |
			t[4][byte(c>>32)] | t[5][byte(c>>40)] | t[6][byte(c>>48)] | t[7][byte(c>>56)]
		if v&noDigit != 0 {
			break
		}
		binary.LittleEndian.PutUint64(out, v)
		rest, out = rest[8:], out[6:]
	}
	return len(s) - len(rest)
}

// appendBase64 appends the bytes that s stands for to dst, RFC 4648 sections 4
// and 5. Missing padding and white space are accepted, as servers do. At other
// damage it stops and says what is wrong; the bytes before it are there.
func appendBase64(dst, s []byte) (_ []byte, problem string) {
	dst, n := appendGroups(dst, s)
	return appendOddBase64(dst, s, n)
}

// appendGroups appends the plain groups of four with which s begins, nearly all
// of most texts, and returns their length.
func appendGroups(dst, s []byte) (_ []byte, n int) {
	dst = slices.Grow(dst, len(s)/4*3+8)
	n = base64Tables.decode(dst[len(dst):cap(dst)], s)
	dst = dst[:len(dst)+n/4*3]
	for n+4 <= len(s) {
		a, b, c, d := base64Values[s[n]], base64Values[s[n+1]], base64Values[s[n+2]], base64Values[s[n+3]]
		if a|b|c|d >= 64 {
			break
		}
		dst = append(dst, a<<2|b>>4, b<<4|c>>2, c<<6|d)
		n += 4
	}
	return dst, n
}

// appendToken68 is appendBase64 for a text that consists of groups of four, the
// last one padded if need be, and of nothing else: then it is a token68 as
// well, RFC 9110 section 11.2. It is false for any other.
func appendToken68(dst, s []byte) ([]byte, bool) {
	dst, n := appendGroups(dst, s)
	if n == len(s) {
		return dst, n > 0
	}
	if n+4 != len(s) || s[n+3] != '=' {
		return dst, false
	}
	a, b, c := base64Values[s[n]], base64Values[s[n+1]], base64Values[s[n+2]]
	switch {
	case a|b|c < 64:
		return append(dst, a<<2|b>>4, b<<4|c>>2), true
	case a|b < 64 && c == base64Pad:
		return append(dst, a<<2|b>>4), true
	}
	return dst, false
}

// appendOddBase64 goes on at s[i] one character at a time.
func appendOddBase64(dst, s []byte, i int) (_ []byte, problem string) {
	var bits uint32
	digits, padded := i, false
	for ; i < len(s) && problem == ""; i++ {
		switch v := base64Values[s[i]]; {
		case v == base64Space:
		case v == base64Pad:
			padded = true
		case v == base64Bad:
			problem = fmt.Sprintf("base64: byte %d: %q is not in the alphabet", i, s[i])
		case padded:
			problem = fmt.Sprintf("base64: byte %d: %q after the padding", i, s[i])
		default:
			bits = bits<<6 | uint32(v)
			if digits++; digits%4 == 0 {
				dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			}
		}
	}
	switch digits % 4 {
	case 1:
		if problem == "" {
			problem = fmt.Sprintf("base64: a single character after %d groups of four", digits/4)
		}
	case 2:
		dst = append(dst, byte(bits>>4))
	case 3:
		dst = append(dst, byte(bits>>10), byte(bits>>2))
	}
	return dst, problem
}
