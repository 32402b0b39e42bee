package decode

import "fmt"

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
	var bits uint32
	digits, padded := 0, false
	for i := 0; i < len(s); i++ {
		v := base64Values[s[i]]
		switch {
		case v < 64 && !padded:
			bits = bits<<6 | uint32(v)
			if digits++; digits%4 == 0 {
				dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			}
			continue
		case v == base64Space:
			continue
		case v == base64Pad:
			padded = true
			continue
		case v < 64:
			problem = fmt.Sprintf("base64: byte %d: %q after the padding", i, s[i])
		default:
			problem = fmt.Sprintf("base64: byte %d: %q is not in the alphabet", i, s[i])
		}
		break
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
