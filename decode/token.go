package decode

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// tokenBuffers holds the bytes of a token while it is decoded. What the decoders
// give is a copy of them.
var tokenBuffers = sync.Pool{New: func() any { return new([]byte) }}

// maxTokenBuffer is the largest buffer kept for the next token: a Kerberos
// ticket with a full PAC, base64 taken off, fits in it.
const maxTokenBuffer = 64 << 10

// ParseToken decodes the token68 of an NTLM or Negotiate field. The scheme does
// not decide what it is: RFC 4559 wraps tokens in SPNEGO, but Windows sends and
// accepts bare NTLM and Kerberos under Negotiate as well. The flags are those of
// the CHALLENGE that was answered, 0 if unknown; the oldest AUTHENTICATE layout
// has none of its own. The result is nil if there is no token, as in a bare offer.
func ParseToken(scheme, token68 string, negotiated ntlm.Flags) *Token {
	if strings.Trim(token68, "= \t") == "" {
		return nil
	}
	t := &Token{}
	buffer := tokenBuffers.Get().(*[]byte)
	b, problem := appendBase64((*buffer)[:0], token68)
	if problem != "" {
		t.Problems = append(t.Problems, problem)
	}
	t.Size = len(b)
	t.read(b, negotiated)
	if strings.EqualFold(scheme, "NTLM") && (t.SPNEGO != nil || t.Kerberos != nil) {
		t.Problems = append(t.Problems, "the NTLM scheme carries a token of Negotiate")
	}
	if *buffer = b; cap(b) > maxTokenBuffer {
		*buffer = nil
	}
	tokenBuffers.Put(buffer)
	return t
}

// read decodes b by its first bytes.
func (t *Token) read(b []byte, negotiated ntlm.Flags) {
	if t.mechanism(b, negotiated) {
		return
	}
	mech, framed := spnego.Mechanism(b)
	if mech == spnego.SPNEGO || !framed && isNegotiation(b) {
		t.negotiation(b, negotiated)
		return
	}
	if framed {
		t.problem(fmt.Errorf("token of %d bytes in a frame of mechanism %s", len(b), mech))
	} else {
		t.problem(fmt.Errorf("token of %d bytes is of no known kind", len(b)))
	}
	t.search(b, negotiated)
}

// isNegotiation reports whether b begins as a NegTokenInit or NegTokenResp
// without the frame of an initial token.
func isNegotiation(b []byte) bool { return len(b) > 0 && (b[0] == 0xa0 || b[0] == 0xa1) }

// mechanism decodes the token of a mechanism proper. It is false if b is none.
func (t *Token) mechanism(b []byte, negotiated ntlm.Flags) bool {
	switch {
	case bytes.HasPrefix(b, []byte(ntlm.Signature)):
		t.ntlm(b, negotiated)
	case spnego.IsNegoEx(b):
		t.NegoEx = true
	case isKerberos(b):
		m, err := kerberos.Parse(b)
		t.Kerberos = m
		t.problem(err)
	default:
		return false
	}
	return true
}

// isKerberos tests for the application tags of AP-REQ, AP-REP and KRB-ERROR, and
// for the GSS-API frame of Kerberos.
func isKerberos(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if b[0] == 0x6e || b[0] == 0x6f || b[0] == 0x7e {
		return true
	}
	mech, _ := spnego.Mechanism(b)
	return mech == spnego.Kerberos || mech == spnego.MSKerberos || mech == spnego.KerberosUserToUser
}

func (t *Token) ntlm(b []byte, negotiated ntlm.Flags) {
	var err error
	switch kind, _ := ntlm.Kind(b); kind {
	case ntlm.NegotiateMessage:
		t.Negotiate, err = ntlm.ParseNegotiate(b)
	case ntlm.ChallengeMessage:
		t.Challenge, err = ntlm.ParseChallenge(b)
	case ntlm.AuthenticateMessage:
		t.Authenticate, err = ntlm.ParseAuthenticate(b, negotiated)
	default:
		err = fmt.Errorf("ntlm: message of %d bytes is of no known type", len(b))
	}
	t.problem(err)
}

// negotiation decodes SPNEGO and the mechanism's token in it.
func (t *Token) negotiation(b []byte, negotiated ntlm.Flags) {
	s, err := spnego.Parse(b)
	t.SPNEGO = s
	t.problem(err)
	var inner []byte
	if s != nil {
		inner = s.MechToken
		if s.Kind == spnego.Resp {
			inner = s.ResponseToken
		}
		// They are parts of the buffer, and hold the secrets of the message.
		s.MechToken, s.ResponseToken = nil, nil
	}
	switch {
	case t.mechanism(inner, negotiated):
	case len(inner) > 0:
		t.problem(fmt.Errorf("spnego: a token of %d bytes is of no known mechanism", len(inner)))
	case err != nil:
		t.search(b, negotiated)
	}
}

// search looks for an NTLM message in what could not be decoded otherwise.
func (t *Token) search(b []byte, negotiated ntlm.Flags) {
	if i := bytes.Index(b, []byte(ntlm.Signature)); i >= 0 {
		t.ntlm(b[i:], negotiated)
	}
}

// problem notes what err joins, one by one.
func (t *Token) problem(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			t.problem(e)
		}
		return
	}
	t.Problems = append(t.Problems, err.Error())
}
