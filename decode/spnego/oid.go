package spnego

import (
	"fmt"
	"strings"
)

// OID is an OBJECT IDENTIFIER: the content octets of its DER. Two are equal if
// and only if they name the same.
type OID string

// The mechanisms, RFC 4178 section 4.2.1 and MS-SPNG section 3.1.5.2.
const (
	SPNEGO             OID = "\x2b\x06\x01\x05\x05\x02"
	Kerberos           OID = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
	MSKerberos         OID = "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02" // the OID of Kerberos cut to 16 bits, Windows 2000 knew no other
	KerberosUserToUser OID = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"
	NTLMSSP            OID = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"
	NegoEx             OID = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"
	IAKERB             OID = "\x2b\x06\x01\x05\x02\x05"
)

var oidNames = map[OID]string{
	SPNEGO:             "SPNEGO",
	Kerberos:           "Kerberos",
	MSKerberos:         "MS Kerberos",
	KerberosUserToUser: "Kerberos user-to-user",
	NTLMSSP:            "NTLMSSP",
	NegoEx:             "NEGOEX",
	IAKERB:             "IAKERB",
}

// oid returns the OID in b. Those of the known mechanisms cost no memory.
func oid(b []byte) OID {
	for _, known := range [...]OID{NTLMSSP, Kerberos, MSKerberos, SPNEGO, NegoEx, KerberosUserToUser, IAKERB} {
		if string(b) == string(known) {
			return known
		}
	}
	return OID(b)
}

// String returns the name of a known mechanism, and the numbers of any other.
func (o OID) String() string {
	if name, ok := oidNames[o]; ok {
		return name
	}
	return o.Dotted()
}

// Dotted returns the numbers of the OID, as "1.3.6.1.5.5.2"; the octets in
// hexadecimal if they are none.
func (o OID) Dotted() string {
	var text strings.Builder
	var arc uint64
	pending := false
	for i := range len(o) {
		if arc >= 1<<57 {
			return fmt.Sprintf("%x", string(o))
		}
		arc = arc<<7 | uint64(o[i]&0x7f)
		if pending = o[i]&0x80 != 0; pending {
			continue
		}
		if text.Len() == 0 { // the first two numbers share one, X.690 section 8.19.4
			first := min(arc/40, 2)
			fmt.Fprintf(&text, "%d", first)
			arc -= first * 40
		}
		fmt.Fprintf(&text, ".%d", arc)
		arc = 0
	}
	if pending || len(o) == 0 {
		return fmt.Sprintf("%x", string(o))
	}
	return text.String()
}

// MarshalText returns the name or the numbers, as String does.
func (o OID) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
