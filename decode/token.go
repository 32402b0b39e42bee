package decode

import (
	"bytes"
	"fmt"

	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// ParseToken decodes the token68 of an NTLM or Negotiate field. The scheme does
// not decide what it is: RFC 4559 wraps tokens in SPNEGO, but Windows sends and
// accepts bare NTLM and Kerberos under Negotiate as well. The flags are those of
// the CHALLENGE that was answered, 0 if unknown; the oldest AUTHENTICATE layout
// has none of its own. The result is nil if there is no token, as in a bare offer.
func ParseToken(scheme, token68 string, negotiated ntlm.Flags) *Token {
	return new(room).odd(scheme, []byte(token68), negotiated)
}

// read decodes b by its first bytes.
func (r *room) read(b []byte, negotiated ntlm.Flags) {
	if r.mechanism(b, negotiated) {
		return
	}
	mech, framed := spnego.Mechanism(b)
	if mech == spnego.SPNEGO || !framed && isNegotiation(b) {
		r.negotiation(b, negotiated)
		return
	}
	if framed {
		r.token.problem(fmt.Errorf("token of %d bytes in a frame of mechanism %s", len(b), mech))
	} else {
		r.token.problem(fmt.Errorf("token of %d bytes is of no known kind", len(b)))
	}
	r.search(b, negotiated)
}

// isNegotiation reports whether b begins as a NegTokenInit or NegTokenResp
// without the frame of an initial token.
func isNegotiation(b []byte) bool { return len(b) > 0 && (b[0] == 0xa0 || b[0] == 0xa1) }

// mechanism decodes the token of a mechanism proper. It is false if b is none.
func (r *room) mechanism(b []byte, negotiated ntlm.Flags) bool {
	switch {
	case bytes.HasPrefix(b, []byte(ntlm.Signature)):
		r.message(b, negotiated)
	case spnego.IsNegoEx(b):
		r.token.NegoEx = true
	case isKerberos(b):
		m, err := kerberos.Parse(b)
		r.token.Kerberos = m
		r.token.problem(err)
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

func (r *room) message(b []byte, negotiated ntlm.Flags) {
	var err error
	switch kind, _ := ntlm.Kind(b); kind {
	case ntlm.NegotiateMessage:
		r.token.Negotiate, err = r.ntlm.ParseNegotiate(b)
	case ntlm.ChallengeMessage:
		r.token.Challenge, err = r.ntlm.ParseChallenge(b)
	case ntlm.AuthenticateMessage:
		r.token.Authenticate, err = r.ntlm.ParseAuthenticate(b, negotiated)
	default:
		err = fmt.Errorf("ntlm: message of %d bytes is of no known type", len(b))
	}
	r.token.problem(err)
}

// negotiation decodes SPNEGO and the mechanism's token in it.
func (r *room) negotiation(b []byte, negotiated ntlm.Flags) {
	s, err := r.spnego.Parse(b)
	r.token.SPNEGO = s
	r.token.problem(err)
	var inner []byte
	if s != nil {
		inner = s.MechToken
		if s.Kind == spnego.Resp {
			inner = s.ResponseToken
		}
		// They hold the secrets of the message.
		s.MechToken, s.ResponseToken = nil, nil
	}
	switch {
	case r.mechanism(inner, negotiated):
	case len(inner) > 0:
		r.token.problem(fmt.Errorf("spnego: a token of %d bytes is of no known mechanism", len(inner)))
	case err != nil:
		r.search(b, negotiated)
	}
}

// search looks for an NTLM message in what could not be decoded otherwise.
func (r *room) search(b []byte, negotiated ntlm.Flags) {
	if i := bytes.Index(b, []byte(ntlm.Signature)); i >= 0 {
		r.message(b[i:], negotiated)
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
