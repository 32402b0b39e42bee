package token

import "strings"

// IsToken68 tests for a token68, RFC 9110 section 11.2: what proper credentials
// and challenges carry.
func IsToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !token68Bytes[body[i]] {
			return false
		}
	}
	return body != ""
}

// token68Bytes marks letters, digits and "-._~+/".
var token68Bytes = func() (set [256]bool) {
	for c := range set {
		b := byte(c)
		set[c] = '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z' || strings.IndexByte("-._~+/", b) >= 0
	}
	return set
}()
