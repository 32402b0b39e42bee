package ntlmtest

import (
	"bytes"
	"slices"
	"time"
)

// The mechanisms that SPNEGO can name, as DER object identifiers.
var (
	oidSPNEGO     = []byte{0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}
	OIDNTLM       = []byte{0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}
	OIDKerberos   = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}
	OIDMSKerberos = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02}
)

// The states of a NegTokenResp, RFC 4178 section 4.2.2.
const (
	AcceptCompleted = iota
	AcceptIncomplete
	Reject
)

// tlv encodes a DER value made of parts.
func tlv(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	n := len(body)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	}
	return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
}

// NegTokenInit makes the client's first SPNEGO token, RFC 4178 section 4.2.1:
// the mechanisms that it can do, best first, and a token for the first.
func NegTokenInit(token []byte, mechanisms ...[]byte) []byte {
	types := tlv(0xa0, tlv(0x30, mechanisms...))
	return tlv(0x60, oidSPNEGO, tlv(0xa0, tlv(0x30, types, tlv(0xa2, tlv(0x04, token)))))
}

// NegTokenResp makes a later token of either side, RFC 4178 section 4.2.2;
// mechanism and token may be nil, and a state below 0 is left out.
func NegTokenResp(state int, mechanism, token []byte) []byte {
	var parts [][]byte
	if state >= 0 {
		parts = append(parts, tlv(0xa0, tlv(0x0a, []byte{byte(state)})))
	}
	if mechanism != nil {
		parts = append(parts, tlv(0xa1, mechanism))
	}
	if token != nil {
		parts = append(parts, tlv(0xa2, tlv(0x04, token)))
	}
	return tlv(0xa1, tlv(0x30, parts...))
}

// Unwrap gives the NTLM message inside a SPNEGO token, token itself if it is an
// NTLM message, and nil if there is none.
func Unwrap(token []byte) []byte {
	if bytes.HasPrefix(token, []byte(signature)) {
		return token
	}
	for len(token) >= 2 {
		tag, body, rest := next(token)
		if tag == 0x04 || tag&0x20 != 0 {
			if m := Unwrap(body); m != nil {
				return m
			}
		}
		token = rest
	}
	return nil
}

// next splits the first DER value off; a length that does not fit ends the
// list.
func next(b []byte) (tag byte, body, rest []byte) {
	tag, n, off := b[0], int(b[1]), 2
	if n >= 0x80 {
		size := n & 0x7f
		if size > 3 || len(b) < 2+size {
			return tag, nil, nil
		}
		n, off = 0, 2+size
		for _, c := range b[2:off] {
			n = n<<8 | int(c)
		}
	}
	if n > len(b)-off {
		return tag, nil, nil
	}
	return tag, b[off : off+n], b[off+n:]
}

// APReq makes a Kerberos AP-REQ, RFC 4120 section 5.5.1, in its GSS-API frame,
// RFC 4121 section 4.1. What is encrypted in it is not real.
func APReq(realm string, sname ...string) []byte { return LongAPReq(32, realm, sname...) }

// LongAPReq makes an AP-REQ whose ticket has size encrypted bytes: that of a
// user in many groups is long.
func LongAPReq(size int, realm string, sname ...string) []byte {
	cipher := bytes.Repeat(nonce(32, "ticket", realm), size/32)
	ticket := tlv(0x61, tlv(0x30, explicit(0, integer(5)), explicit(1, generalString(realm)),
		explicit(2, principal(2, sname)), explicit(3, encrypted(18, cipher))))
	req := tlv(0x6e, tlv(0x30, explicit(0, integer(5)), explicit(1, integer(14)),
		explicit(2, tlv(0x03, []byte{0, 0x20, 0, 0, 0})), explicit(3, ticket),
		explicit(4, encrypted(18, nonce(32, "authenticator", realm)))))
	return gss(0x01, req)
}

// APRep makes a Kerberos AP-REP, RFC 4120 section 5.5.2, framed like [APReq].
func APRep() []byte {
	return gss(0x02, tlv(0x6f, tlv(0x30, explicit(0, integer(5)), explicit(1, integer(15)),
		explicit(2, encrypted(18, nonce(32, "reply"))))))
}

// KRBError makes a KRB-ERROR, RFC 4120 section 5.9.1, framed like [APReq]; code
// is one of section 7.5.9.
func KRBError(code int, now time.Time, realm string, sname ...string) []byte {
	stamp := tlv(0x18, []byte(now.UTC().Format("20060102150405Z")))
	return gss(0x03, tlv(0x7e, tlv(0x30, explicit(0, integer(5)), explicit(1, integer(30)),
		explicit(4, stamp), explicit(5, integer(0)), explicit(6, integer(code)),
		explicit(9, generalString(realm)), explicit(10, principal(2, sname)))))
}

func gss(kind byte, message []byte) []byte {
	return tlv(0x60, OIDKerberos, []byte{kind, 0}, message)
}

func explicit(n byte, value []byte) []byte { return tlv(0xa0|n, value) }

func integer(n int) []byte { return tlv(0x02, []byte{byte(n)}) } // n < 128

func generalString(s string) []byte { return tlv(0x1b, []byte(s)) }

func principal(kind int, names []string) []byte {
	var list []byte
	for _, n := range names {
		list = append(list, generalString(n)...)
	}
	return tlv(0x30, explicit(0, integer(kind)), explicit(1, tlv(0x30, list)))
}

func encrypted(etype int, cipher []byte) []byte {
	return tlv(0x30, explicit(0, integer(etype)), explicit(2, tlv(0x04, cipher)))
}
