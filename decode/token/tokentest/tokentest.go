// Package tokentest has tokens for tests, as bytes.
package tokentest

import (
	"strings"

	"ntlmtrace/decode/spnego"
)

// Negotiate is a NEGOTIATE_MESSAGE of 32 bytes, as curl sends it.
const Negotiate = "NTLMSSP\x00\x01\x00\x00\x00\x06\x82\x08\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// Challenge is a CHALLENGE_MESSAGE of the 32 byte layout.
const Challenge = "NTLMSSP\x00\x02\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x05\x82\x08\x00\x01\x02\x03\x04\x05\x06\x07\x08"

// OldAuthenticate is an AUTHENTICATE_MESSAGE without flags, whose user is
// "\u4141".
const OldAuthenticate = "NTLMSSP\x00\x03\x00\x00\x00" +
	"\x00\x00\x00\x00\x34\x00\x00\x00" + "\x00\x00\x00\x00\x34\x00\x00\x00" + "\x00\x00\x00\x00\x34\x00\x00\x00" +
	"\x02\x00\x02\x00\x34\x00\x00\x00" + "\x00\x00\x00\x00\x34\x00\x00\x00" + "AA"

// KerberosError is a KRB-ERROR with code 41.
const KerberosError = "\x7e\x11\x30\x0f\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa6\x03\x02\x01\x29"

// Element encodes DER with a length of two bytes, which is more than needed.
func Element(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	return string([]byte{tag, 0x82, byte(len(body) >> 8), byte(len(body))}) + body
}

// GSSFrame encodes the frame of an initial token, RFC 2743 section 3.1.
func GSSFrame(mech spnego.OID, inner string) string {
	return Element(0x60, Element(0x06, string(mech)), inner)
}

// NegTokenInit encodes a NegTokenInit, RFC 4178 section 4.2.1, without a frame.
func NegTokenInit(mechToken string, mechs ...spnego.OID) string {
	var list string
	for _, m := range mechs {
		list += Element(0x06, string(m))
	}
	return Element(0xa0, Element(0x30, Element(0xa0, Element(0x30, list)), Element(0xa2, Element(0x04, mechToken))))
}

// NegTokenResp encodes a NegTokenResp, RFC 4178 section 4.2.2:
// accept-incomplete.
func NegTokenResp(responseToken string) string {
	return Element(0xa1, Element(0x30, Element(0xa0, "\x0a\x01\x01"), Element(0xa2, Element(0x04, responseToken))))
}
