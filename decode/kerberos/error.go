package kerberos

import (
	"encoding/binary"
	"fmt"
	"time"

	"ntlmtrace/decode/internal/der"
)

// krbError reads a field of KRB-ERROR, RFC 4120 section 5.9.1.
func (p *parser) krbError(e der.Element) {
	switch e.Tag {
	case der.Explicit(4):
		p.serverTime(e)
	case der.Explicit(5):
		if v, ok := p.Int(e, der.Integer, "susec"); ok && !p.m.ServerTime.IsZero() && v >= 0 && v < 1e6 {
			p.m.ServerTime = p.m.ServerTime.Add(time.Duration(v) * time.Microsecond)
		}
	case der.Explicit(6):
		v, _ := p.Int(e, der.Integer, "error-code")
		p.m.ErrorCode = int(v)
	case der.Explicit(7):
		p.m.ClientRealm = p.text(e, "crealm")
	case der.Explicit(8):
		p.m.ClientName, _ = p.principal(e, "cname")
	case der.Explicit(9):
		p.m.Realm = p.text(e, "realm")
	case der.Explicit(10):
		p.m.Service, p.m.ServiceType = p.principal(e, "sname")
	case der.Explicit(11):
		p.m.ErrorText = p.text(e, "e-text")
	case der.Explicit(12):
		p.errorData(e)
	}
}

// serverTime reads KerberosTime, which has neither fractions nor zones, RFC
// 4120 section 5.2.3.
func (p *parser) serverTime(e der.Element) {
	inner, ok := p.Inside(e, der.GeneralizedTime, "stime")
	if !ok {
		return
	}
	t, err := time.Parse("20060102150405Z", string(p.Bytes(inner.Span)))
	if err != nil {
		p.Fail("stime", inner.At(), "no time")
		return
	}
	p.m.ServerTime = t
}

// errorData reads KERB-ERROR-DATA, MS-KILE section 2.2.1. Other e-data, such as
// METHOD-DATA, is not looked at.
func (p *parser) errorData(e der.Element) {
	const extended = 3 // KERB-EXT-ERROR, MS-KILE section 2.2.2: three u32, status first
	octets, ok := p.Inside(e, der.OctetString, "e-data")
	if !ok {
		return
	}
	// A reader of its own: that this is not KERB-ERROR-DATA is no damage.
	data := parser{Reader: der.NewReader("kerberos", p.Bytes(octets.Span)), m: p.m}
	all := data.All()
	seq, ok := data.Next(&all, "e-data")
	if !ok || seq.Tag != der.Sequence {
		return
	}
	var kind int64
	for ok {
		var f der.Element
		switch f, ok = data.Next(&seq.Span, "e-data"); f.Tag {
		case der.Explicit(1):
			kind, _ = data.Int(f, der.Integer, "data-type")
		case der.Explicit(2):
			value, found := data.Inside(f, der.OctetString, "data-value")
			if b := data.Bytes(value.Span); found && kind == extended && len(b) >= 4 {
				p.m.NTStatus = binary.LittleEndian.Uint32(b)
			}
		}
	}
}

// errorNames holds the codes that a server or its KDC answers with, RFC 4120
// section 7.5.9.
var errorNames = map[int]string{
	6:  "KDC_ERR_C_PRINCIPAL_UNKNOWN",
	7:  "KDC_ERR_S_PRINCIPAL_UNKNOWN",
	8:  "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
	9:  "KDC_ERR_NULL_KEY",
	12: "KDC_ERR_POLICY",
	13: "KDC_ERR_BADOPTION",
	14: "KDC_ERR_ETYPE_NOSUPP",
	16: "KDC_ERR_PADATA_TYPE_NOSUPP",
	18: "KDC_ERR_CLIENT_REVOKED",
	23: "KDC_ERR_KEY_EXPIRED",
	24: "KDC_ERR_PREAUTH_FAILED",
	25: "KDC_ERR_PREAUTH_REQUIRED",
	26: "KDC_ERR_SERVER_NOMATCH",
	31: "KRB_AP_ERR_BAD_INTEGRITY",
	32: "KRB_AP_ERR_TKT_EXPIRED",
	33: "KRB_AP_ERR_TKT_NYV",
	34: "KRB_AP_ERR_REPEAT",
	35: "KRB_AP_ERR_NOT_US",
	36: "KRB_AP_ERR_BADMATCH",
	37: "KRB_AP_ERR_SKEW",
	41: "KRB_AP_ERR_MODIFIED",
	44: "KRB_AP_ERR_BADKEYVER",
	45: "KRB_AP_ERR_NOKEY",
	52: "KRB_ERR_RESPONSE_TOO_BIG",
	60: "KRB_ERR_GENERIC",
	68: "KDC_ERR_WRONG_REALM",
	69: "KRB_AP_ERR_USER_TO_USER_REQUIRED",
}

// ErrorName returns the name of an error code as RFC 4120 section 7.5.9 writes
// it; "error 99" for one that is not known here.
func ErrorName(code int) string {
	if name, ok := errorNames[code]; ok {
		return name
	}
	return fmt.Sprintf("error %d", code)
}

// EType is the number of an encryption type, RFC 3961 section 8.
type EType int

var etypeNames = map[EType]string{
	1: "des-cbc-crc", 3: "des-cbc-md5",
	17: "aes128-cts-hmac-sha1-96", 18: "aes256-cts-hmac-sha1-96",
	19: "aes128-cts-hmac-sha256-128", 20: "aes256-cts-hmac-sha384-192",
	23: "rc4-hmac",
}

// String returns the name in the registry of Kerberos encryption types; "etype
// 99" for one that is not known here.
func (e EType) String() string {
	if name, ok := etypeNames[e]; ok {
		return name
	}
	return fmt.Sprintf("etype %d", int(e))
}
