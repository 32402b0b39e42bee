// Package dertest writes elements of DER, for the tests of what reads them, and
// has what tests of decoders share.
//
//	parts --TLV--> bytes --Parse of a decoder--> error --ErrorText--> a row of a table
package dertest

import "strings"

// TLV returns an element with content made of parts.
func TLV(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	switch n := len(body); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + body
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)}) + body
	default:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + body
	}
}

// ErrorText returns the text of err, "" for nil.
func ErrorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
