package token

import (
	"bytes"
	"fmt"
	"hash/maphash"

	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// Token is a decoded token of NTLM or Negotiate: at most one of the messages is
// set, with SPNEGO set besides if it was wrapped.
type Token struct {
	Negotiate    *ntlm.Negotiate
	Challenge    *ntlm.Challenge
	Authenticate *ntlm.Authenticate
	Kerberos     *kerberos.Message
	SPNEGO       *spnego.Token // without the mechanism's token, which the fields above hold decoded
	NegoEx       bool          // the mechanism's token is one of NEGOEX, MS-NEGOEX, which is not decoded
	Size         int           // bytes, without base64
	Digest       uint64        // keyed hash of a Kerberos token, by which it is known again; 0 if it is none
	Problems     []string      // what was odd, with field and offset
}

// Parse decodes a token that is written as base64, such as the token68 of an
// HTTP field. The scheme does not decide what it is: RFC 4559 wraps tokens in
// SPNEGO, but Windows sends and accepts bare NTLM and Kerberos under Negotiate
// as well. negotiated are the flags of the CHALLENGE that was answered, 0 if
// unknown; the oldest AUTHENTICATE layout has none of its own. Parse returns
// nil if there is no token, as in a bare offer.
func Parse(scheme, text string, negotiated ntlm.Flags) *Token {
	return new(Scratch).Parse(scheme, []byte(text), negotiated)
}

// ParseBytes decodes a token that a protocol carries as it is. It returns nil
// for no bytes.
func ParseBytes(b []byte, negotiated ntlm.Flags) *Token {
	return new(Scratch).ParseBytes(b, negotiated)
}

// read decodes b by its first bytes.
func (s *Scratch) read(b []byte, negotiated ntlm.Flags) {
	if s.mechanism(b, negotiated) {
		return
	}
	mech, framed := spnego.Mechanism(b)
	if mech == spnego.SPNEGO || !framed && isNegotiation(b) {
		s.negotiation(b, negotiated)
		return
	}
	if framed {
		s.token.problem(fmt.Errorf("token of %d bytes in a frame of mechanism %s", len(b), mech))
	} else {
		s.token.problem(fmt.Errorf("token of %d bytes is of no known kind", len(b)))
	}
	s.search(b, negotiated)
}

// isNegotiation reports whether b begins as a NegTokenInit or NegTokenResp
// without the frame of an initial token.
func isNegotiation(b []byte) bool { return len(b) > 0 && (b[0] == 0xa0 || b[0] == 0xa1) }

// mechanism decodes the token of a mechanism proper. It is false if b is none.
func (s *Scratch) mechanism(b []byte, negotiated ntlm.Flags) bool {
	switch {
	case bytes.HasPrefix(b, []byte(ntlm.Signature)):
		s.message(b, negotiated)
	case spnego.IsNegoEx(b):
		s.token.NegoEx = true
	case isKerberos(b):
		m, err := kerberos.Parse(b)
		s.token.Kerberos, s.token.Digest = m, digestOf(b)
		s.token.problem(err)
	default:
		return false
	}
	return true
}

// isKerberos tests for the application tags of AP-REQ, AP-REP and KRB-ERROR,
// and for the GSS-API frame of Kerberos.
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

func (s *Scratch) message(b []byte, negotiated ntlm.Flags) {
	var err error
	switch kind, _ := ntlm.Kind(b); kind {
	case ntlm.NegotiateMessage:
		s.token.Negotiate, err = s.ntlm.ParseNegotiate(b)
	case ntlm.ChallengeMessage:
		s.token.Challenge, err = s.ntlm.ParseChallenge(b)
	case ntlm.AuthenticateMessage:
		s.token.Authenticate, err = s.ntlm.ParseAuthenticate(b, negotiated)
	default:
		err = fmt.Errorf("ntlm: message of %d bytes is of no known type", len(b))
	}
	s.token.problem(err)
}

// negotiation decodes SPNEGO and the mechanism's token in it.
func (s *Scratch) negotiation(b []byte, negotiated ntlm.Flags) {
	t, err := s.spnego.Parse(b)
	s.token.SPNEGO = t
	s.token.problem(err)
	var inner []byte
	if t != nil {
		inner = t.MechToken
		if t.Kind == spnego.Resp {
			inner = t.ResponseToken
		}
		// They hold the secrets of the message.
		t.MechToken, t.ResponseToken = nil, nil
	}
	switch {
	case s.mechanism(inner, negotiated):
	case len(inner) > 0:
		s.token.problem(fmt.Errorf("spnego: a token of %d bytes is of no known mechanism", len(inner)))
	case err != nil:
		s.search(b, negotiated)
	}
}

// search looks for an NTLM message in what could not be decoded otherwise.
func (s *Scratch) search(b []byte, negotiated ntlm.Flags) {
	if i := bytes.Index(b, []byte(ntlm.Signature)); i >= 0 {
		s.message(b[i:], negotiated)
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

var digestSeed = maphash.MakeSeed()

// digestOf returns the Digest of a token.
func digestOf(b []byte) uint64 { return maphash.Bytes(digestSeed, b) | 1 }
