package decode

import (
	"bytes"
	"strings"

	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// room is memory that the authentication fields of one message are decoded into,
// and then those of another: a logon costs none anew. One token fits in. What is
// beyond that is rare, and gets memory of its own.
type room struct {
	taken       bool   // token is in use
	raw         []byte // its bytes, base64 taken off: the messages consist of parts of them
	token       Token
	basic       Basic
	password    string // of basic
	ntlm        ntlm.Room
	spnego      spnego.Room
	credentials [1]Credentials
	challenges  [2]Challenge
}

// clear makes r free for another message.
func (r *room) clear() { r.taken = false }

// free gives r, or another room if r is taken.
func (r *room) free() *room {
	if r.taken {
		return new(room)
	}
	return r
}

// proper is odd for a token68 of plain base64, as nearly all are. It gives
// false, and the room as it was, for any other.
func (r *room) proper(scheme string, token68 []byte, negotiated ntlm.Flags) (*Token, bool) {
	raw, ok := appendToken68(r.raw[:0], token68)
	r.raw = raw
	if !ok {
		return nil, false
	}
	return r.decode(scheme, "", negotiated), true
}

// properBasic is ParseBasic for a token68 of plain base64 that stands for printable ASCII with
// a colon in it, as nearly all do. It is nil, and the room as it was, for any other.
func (r *room) properBasic(token68 []byte) *Basic {
	raw, ok := appendToken68(r.raw[:0], token68)
	r.raw = raw
	colon := bytes.IndexByte(raw, ':')
	if !ok || colon < 0 || bytes.ContainsFunc(raw, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil
	}
	r.taken = true
	r.basic = Basic{User: view(raw, spanOf(0, colon))}
	if r.password = view(raw, spanOf(colon+1, len(raw))); r.password != "" {
		r.basic.Password = Password{&r.password}
	}
	return &r.basic
}

// odd is ParseToken for any text.
func (r *room) odd(scheme string, token68 []byte, negotiated ntlm.Flags) *Token {
	if len(bytes.Trim(token68, "= \t")) == 0 {
		return nil
	}
	var problem string
	r.raw, problem = appendBase64(r.raw[:0], token68)
	return r.decode(scheme, problem, negotiated)
}

// decode decodes what is in raw.
func (r *room) decode(scheme, problem string, negotiated ntlm.Flags) *Token {
	r.taken = true
	t := &r.token
	*t = Token{Size: len(r.raw)}
	if problem != "" {
		t.Problems = append(t.Problems, problem)
	}
	r.read(r.raw, negotiated)
	if (t.SPNEGO != nil || t.Kerberos != nil) && strings.EqualFold(scheme, "NTLM") {
		t.Problems = append(t.Problems, "the NTLM scheme carries a token of Negotiate")
	}
	return t
}
