package ntlm

import (
	"fmt"
	"strings"
)

// Flags are the negotiate flags, MS-NLMP section 2.2.2.5.
type Flags uint32

// The negotiate flags, named as in MS-NLMP section 2.2.2.5.
const (
	NegotiateUnicode        Flags = 1 << 0 // names are UTF-16LE, whatever NegotiateOEM says
	NegotiateOEM            Flags = 1 << 1
	RequestTarget           Flags = 1 << 2
	NegotiateSign           Flags = 1 << 4
	NegotiateSeal           Flags = 1 << 5
	NegotiateDatagram       Flags = 1 << 6
	NegotiateLMKey          Flags = 1 << 7
	NegotiateNTLM           Flags = 1 << 9
	Anonymous               Flags = 1 << 11 // proves nothing: most anonymous clients leave it clear
	OEMDomainSupplied       Flags = 1 << 12
	OEMWorkstationSupplied  Flags = 1 << 13
	LocalCall               Flags = 1 << 14 // reserved in MS-NLMP; set when client and server are one machine
	AlwaysSign              Flags = 1 << 15
	TargetTypeDomain        Flags = 1 << 16 // CHALLENGE only
	TargetTypeServer        Flags = 1 << 17 // CHALLENGE only
	ExtendedSessionSecurity Flags = 1 << 19 // of session security; it does not mean NTLMv2
	NegotiateIdentify       Flags = 1 << 20
	RequestNonNTSessionKey  Flags = 1 << 22
	NegotiateTargetInfo     Flags = 1 << 23
	NegotiateVersion        Flags = 1 << 25
	Negotiate128            Flags = 1 << 29
	NegotiateKeyExch        Flags = 1 << 30
	Negotiate56             Flags = 1 << 31
)

// flagNames is indexed by bit; bits without a name are reserved.
var flagNames = [32]string{
	0: "NEGOTIATE_UNICODE", 1: "NEGOTIATE_OEM", 2: "REQUEST_TARGET",
	4: "NEGOTIATE_SIGN", 5: "NEGOTIATE_SEAL", 6: "NEGOTIATE_DATAGRAM", 7: "NEGOTIATE_LM_KEY",
	9: "NEGOTIATE_NTLM", 11: "ANONYMOUS",
	12: "OEM_DOMAIN_SUPPLIED", 13: "OEM_WORKSTATION_SUPPLIED", 14: "LOCAL_CALL", 15: "ALWAYS_SIGN",
	16: "TARGET_TYPE_DOMAIN", 17: "TARGET_TYPE_SERVER", 19: "EXTENDED_SESSIONSECURITY",
	20: "NEGOTIATE_IDENTIFY", 22: "REQUEST_NON_NT_SESSION_KEY", 23: "NEGOTIATE_TARGET_INFO",
	25: "NEGOTIATE_VERSION", 29: "NEGOTIATE_128", 30: "NEGOTIATE_KEY_EXCH", 31: "NEGOTIATE_56",
}

// Has reports whether all the flags of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// String returns the names of the flags, lowest bit first, joined by "|".
// Reserved bits stand at the end as one number.
func (f Flags) String() string {
	if f == 0 {
		return "0"
	}
	var names []string
	var reserved Flags
	for bit, name := range flagNames {
		switch one := Flags(1) << bit; {
		case !f.Has(one):
		case name == "":
			reserved |= one
		default:
			names = append(names, name)
		}
	}
	if reserved != 0 {
		names = append(names, fmt.Sprintf("0x%08x", uint32(reserved)))
	}
	return strings.Join(names, "|")
}
