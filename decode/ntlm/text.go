package ntlm

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// text decodes a name of a CHALLENGE or AUTHENTICATE by the negotiated
// character set, MS-NLMP section 2.2.2.5 flags A and B. If neither flag is
// known, a NUL tells: no OEM name has one, nearly every UTF-16 name has.
func text(b []byte, f Flags) string {
	switch {
	case f.Has(NegotiateUnicode):
		return utf16Text(b)
	case f.Has(NegotiateOEM) || bytes.IndexByte(b, 0) < 0:
		return oemText(b)
	}
	return utf16Text(b)
}

// utf16Text decodes UTF-16LE at any alignment. Lone surrogates and an odd last
// byte become U+FFFD.
func utf16Text(b []byte) string {
	var short [96]byte // most names fit, and the result is then the only allocation
	out := short[:0]
	for len(b) >= 2 {
		r := rune(b[0]) | rune(b[1])<<8
		b = b[2:]
		if utf16.IsSurrogate(r) {
			var low rune = utf8.RuneError
			if len(b) >= 2 {
				low = rune(b[0]) | rune(b[1])<<8
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	if len(b) != 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return string(out)
}

// windows1252 holds the characters of 0x80 to 0x9F, where Windows-1252 differs
// from Latin-1. The five bytes without a character stand for themselves.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// oemText decodes characters of the sender's code page, which the message does
// not name. Bytes that are valid UTF-8 are taken as that, since Unix clients
// send it; others as Windows-1252.
func oemText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
