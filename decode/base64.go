package decode

import (
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

// appendBase64 appends the bytes that s stands for to dst, RFC 4648 sections 4
// and 5. Missing padding and white space are accepted, as servers do. At other
// damage it stops and says what is wrong; the bytes before it are there.
func appendBase64(dst []byte, s string) (_ []byte, problem string) {
	dst = slices.Grow(dst, len(s)/4*3+3)
	i := 0
	for ; i+4 <= len(s); i += 4 { // plain groups of four, which is nearly all of them
		a, b, c, d := base64Values[s[i]], base64Values[s[i+1]], base64Values[s[i+2]], base64Values[s[i+3]]
		if a|b|c|d >= 64 {
			break
		}
		dst = append(dst, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return appendOddBase64(dst, s, i)
}

// appendOddBase64 goes on at s[i] one character at a time.
func appendOddBase64(dst []byte, s string, i int) (_ []byte, problem string) {
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
