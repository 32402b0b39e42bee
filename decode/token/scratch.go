package token

import (
	"bytes"
	"strings"
	"unsafe"

	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// Scratch holds the buffers into which one token is decoded; the next one
// reuses them, so that a logon allocates nothing. What it returns is good until
// Reset. A second token before that gets memory of its own, which is rare. The
// zero value is ready for use.
type Scratch struct {
	taken    bool   // token or basic is in use
	raw      []byte // bytes of the token without base64; the messages consist of parts of them
	token    Token
	basic    Basic
	password string // of basic
	ntlm     ntlm.Scratch
	spnego   spnego.Scratch
}

// Reset makes s free for the token of another message.
func (s *Scratch) Reset() { s.taken = false }

// Size returns how many bytes s holds for raw tokens.
func (s *Scratch) Size() int { return cap(s.raw) }

// free returns s, or other buffers if s is taken.
func (s *Scratch) free() *Scratch {
	if s.taken {
		return new(Scratch)
	}
	return s
}

// Parse is the function Parse, with a result in s.
func (s *Scratch) Parse(scheme string, text []byte, negotiated ntlm.Flags) *Token {
	if len(bytes.Trim(text, "= \t")) == 0 {
		return nil
	}
	s = s.free()
	var problem string
	s.raw, problem = appendBase64(s.raw[:0], text)
	return s.decode(scheme, problem, negotiated)
}

// ParseProper is Parse for a token68 of proper base64, as nearly all are. It
// reports false, and leaves s unused, for any other text.
func (s *Scratch) ParseProper(scheme string, text []byte, negotiated ntlm.Flags) (*Token, bool) {
	s = s.free()
	raw, ok := appendToken68(s.raw[:0], text)
	s.raw = raw
	if !ok {
		return nil, false
	}
	return s.decode(scheme, "", negotiated), true
}

// ParseBytes is the function ParseBytes, with a result in s. The bytes are
// copied into s.
func (s *Scratch) ParseBytes(b []byte, negotiated ntlm.Flags) *Token {
	if len(b) == 0 {
		return nil
	}
	s = s.free()
	s.raw = append(s.raw[:0], b...)
	return s.decode("", "", negotiated)
}

// ParseProperBasic is ParseBasic for a token68 of proper base64 that stands for
// printable ASCII with a colon in it, as nearly all do. It returns nil, and
// leaves s unused, for any other text.
func (s *Scratch) ParseProperBasic(text []byte) *Basic {
	s = s.free()
	raw, ok := appendToken68(s.raw[:0], text)
	s.raw = raw
	colon := bytes.IndexByte(raw, ':')
	if !ok || colon < 0 || bytes.ContainsFunc(raw, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil
	}
	s.taken = true
	s.basic = Basic{User: view(raw[:colon])}
	if s.password = view(raw[colon+1:]); s.password != "" {
		s.basic.Password = Password{&s.password}
	}
	return &s.basic
}

// view returns b as a string that shares its memory.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// decode decodes what is in raw.
func (s *Scratch) decode(scheme, problem string, negotiated ntlm.Flags) *Token {
	s.taken = true
	t := &s.token
	*t = Token{Size: len(s.raw)}
	if problem != "" {
		t.Problems = append(t.Problems, problem)
	}
	s.read(s.raw, negotiated)
	if (t.SPNEGO != nil || t.Kerberos != nil) && strings.EqualFold(scheme, "NTLM") {
		t.Problems = append(t.Problems, "the NTLM scheme carries a token of Negotiate")
	}
	return t
}
