package ntlm

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// text decodes a name of a CHALLENGE or AUTHENTICATE by the negotiated
// character set, MS-NLMP section 2.2.2.5 flags A and B. If neither flag is
// known, a NUL tells: no OEM name has one, nearly every UTF-16 name has.
func (d *decoder) text(b []byte, f Flags) string {
	if len(b) == 0 {
		return ""
	}
	r := d.scratch
	if r.text == nil {
		r.text = make([]byte, 0, usualText)
	}
	// Where the text outgrows its memory, the names before stay where they are.
	from := len(r.text)
	if f.Has(NegotiateUnicode) || !f.Has(NegotiateOEM) && bytes.IndexByte(b, 0) >= 0 {
		r.text = appendUTF16(r.text, b)
	} else {
		r.text = appendOEM(r.text, b)
	}
	return unsafe.String(unsafe.SliceData(r.text[from:]), len(r.text)-from)
}

// names are the DomainName, UserName and Workstation of an AUTHENTICATE, as
// they were sent.
type names [3][]byte

// areOEM reports whether the names of m are single bytes although its flags
// promise UTF-16. Chinese text can consist of bytes that are all printable
// ASCII, so that this alone proves nothing. All names have to look alike, and
// one of them has to prove it: by an odd length, or a domain that the server's
// own list, which is always UTF-16, has in these letters; or the server asked
// for single bytes. Without that the flags are believed.
func (n *names) areOEM(m *Authenticate, negotiated Flags) bool {
	if !m.Flags.Has(NegotiateUnicode) {
		return false
	}
	proven := negotiated.Has(NegotiateOEM) && !negotiated.Has(NegotiateUnicode)
	any := false
	for _, name := range n {
		if len(name) > 1 && name[1] == 0 {
			return false // nearly all names there are
		}
		for _, c := range name {
			if c < ' ' || c == 0x7f {
				return false
			}
		}
		any = any || len(name) > 0
		proven = proven || len(name)%2 != 0
	}
	return any && (proven || n.namesServer(m.TargetInfo))
}

// namesServer reports whether the domain, read as single bytes, is a name of
// the server or its domain.
func (n *names) namesServer(list AVPairs) bool {
	domain := n[0]
	if len(domain) == 0 {
		return false
	}
	for i := range list {
		if id := list[i].ID; id < MsvAvNbComputerName || id > MsvAvDnsTreeName {
			continue
		}
		if v := trimNUL(list[i].Value); len(v) == 2*len(domain) && equalWide(v, domain) {
			return true
		}
	}
	return false
}

// equalWide reports whether UTF-16LE text, twice as long as ascii, is that text,
// upper and lower case alike.
func equalWide(wide, ascii []byte) bool {
	for i, c := range ascii {
		if wide[2*i+1] != 0 || lower(wide[2*i]) != lower(c) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// usualText is a size that the names of most messages fit in, all together.
const usualText = 96

// appendUTF16 appends UTF-16LE text, which may lie at any alignment, to out as
// UTF-8. Lone surrogates and an odd last byte become U+FFFD.
func appendUTF16(out, b []byte) []byte {
	for len(b) >= 8 { // four characters of ASCII at once, which is nearly all there is
		four := binary.LittleEndian.Uint64(b)
		if four&0xff80ff80ff80ff80 != 0 {
			break
		}
		out = append(out, byte(four), byte(four>>16), byte(four>>32), byte(four>>48))
		b = b[8:]
	}
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
	return out
}

// windows1252 holds the characters of 0x80 to 0x9F, where Windows-1252 differs
// from Latin-1. The five bytes without a character stand for themselves.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// appendOEM appends characters of the sender's code page, which the message
// does not name, to out as UTF-8. Bytes that are valid UTF-8 are taken as that,
// since Unix clients send it; others as Windows-1252.
func appendOEM(out, b []byte) []byte {
	if utf8.Valid(b) {
		return append(out, b...)
	}
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
