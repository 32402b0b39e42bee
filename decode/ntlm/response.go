package ntlm

import (
	"crypto/sha256"
	"encoding/hex"
)

// Lengths of responses, MS-NLMP sections 2.2.2.3 to 2.2.2.8.
const (
	v1Size      = 24 // LM, LMv2 and NTLMv1 responses
	proofSize   = 16 // NTProofStr
	v2Time      = 24
	v2Challenge = 32
	v2Pairs     = 44 // an NTLMv2 response without AV_PAIR ends here
)

// responses takes both responses, and reads the parts of an NTLMv2 response,
// which begins at byte base of the message.
func (d *decoder) responses(m *Authenticate, lm, nt []byte, base int) {
	m.LMResponse, m.NTResponse = lm, nt
	if len(nt) == 0 {
		return
	}
	const field = "NtChallengeResponse"
	switch {
	case len(nt) < v1Size:
		d.fail("%s at byte %d: %d bytes are no response", field, base, len(nt))
		return
	case len(nt) == v1Size:
		return
	}
	m.NTProofStr = nt[:proofSize:proofSize]
	switch {
	case len(nt) < v2Pairs:
		d.fail("%s at byte %d: %d bytes are no NTLMv2 response", field, base, len(nt))
	case nt[proofSize] != 1:
		d.fail("%s at byte %d: RespType %d of an NTLMv2 response is not 1", field, base+proofSize, nt[proofSize])
	default:
		m.Time = fileTime(nt[v2Time:])
		m.ClientChallenge = nt[v2Challenge : v2Challenge+8 : v2Challenge+8]
		m.TargetInfo = d.avPairs(nt[v2Pairs:], base+v2Pairs, field)
	}
}

// ResponseVersion says what kind of response an AUTHENTICATE carries.
type ResponseVersion uint8

// The response versions.
const (
	NoResponse      ResponseVersion = iota // none: anonymous, a local call, or a message without its payload
	UnknownResponse                        // of a length that no version has
	LM
	NTLMv1
	NTLMv1ESS // NTLMv1 with extended session security, "NTLM2 session response"
	NTLMv2
)

// String names the version as reports show it.
func (v ResponseVersion) String() string {
	names := [...]string{"none", "unknown", "LM", "NTLMv1", "NTLMv1-ESS", "NTLMv2"}
	if int(v) >= len(names) {
		v = UnknownResponse
	}
	return names[v]
}

// ResponseVersion tells the version by the lengths of the responses, MS-NLMP
// section 3.2.5.1.2. Flags do not tell it, except NTLMv1 with extended session
// security from without.
func (a *Authenticate) ResponseVersion() ResponseVersion {
	switch nt, lm := len(a.NTResponse), a.lm(); {
	case nt > v1Size:
		return NTLMv2
	case nt == v1Size && a.Flags.Has(ExtendedSessionSecurity) && len(lm) == v1Size && allZero(lm[8:]):
		return NTLMv1ESS
	case nt == v1Size:
		return NTLMv1
	case nt == 0 && len(lm) == v1Size:
		return LM
	case nt == 0 && len(lm) == 0:
		return NoResponse
	}
	return UnknownResponse
}

// lm is the LM response; the single NUL that stands for none is none.
func (a *Authenticate) lm() []byte {
	if len(a.LMResponse) == 1 && a.LMResponse[0] == 0 {
		return nil
	}
	return a.LMResponse
}

// Fingerprint returns the first 16 hexadecimal digits of SHA-256 over the NT
// response, or over the LM response if that alone is there; "" if neither is.
// It may be shown: a password cannot be tested against it without the response.
func (a *Authenticate) Fingerprint() string {
	digits := a.FingerprintBytes()
	if digits == [8]byte{} {
		return ""
	}
	return hex.EncodeToString(digits[:])
}

// FingerprintBytes returns what Fingerprint writes as digits; zero if there is
// no response.
func (a *Authenticate) FingerprintBytes() [8]byte {
	b := []byte(a.NTResponse)
	if len(b) == 0 {
		b = a.lm()
	}
	if len(b) == 0 {
		return [8]byte{}
	}
	sum := sha256.Sum256(b)
	return [8]byte(sum[:8])
}

// ResponseKey stands for the responses of an AUTHENTICATE where two of them are
// compared. Its zero value means that there was no response.
type ResponseKey [16]byte

// ResponseKey returns the key of the responses: NTProofStr for NTLMv2, a hash
// of the NT and the LM response for older ones. Two messages with equal keys
// answer the same challenge with the same password, so one is a copy of the
// other.
func (a *Authenticate) ResponseKey() ResponseKey {
	if len(a.NTProofStr) == proofSize {
		return ResponseKey(a.NTProofStr)
	}
	lm := a.lm()
	if len(a.NTResponse)+len(lm) == 0 {
		return ResponseKey{}
	}
	sum := sha256.Sum256(append(append(make([]byte, 0, 2*v1Size), a.NTResponse...), lm...))
	return ResponseKey(sum[:])
}

// Anonymous reports whether the message asks for an anonymous logon, MS-NLMP
// section 3.2.5.1.2: no user and no response. The flag of that name does not
// count, most such clients leave it clear. The challenge that was answered
// tells a local call apart, which looks alike; nil if it is not known.
func (a *Authenticate) Anonymous(challenge *Challenge) bool {
	if a.Incomplete || a.User != "" || len(a.NTResponse) != 0 || len(a.lm()) != 0 {
		return false
	}
	if challenge != nil && challenge.Flags.Has(LocalCall) && a.allEmpty() && !a.Flags.Has(Anonymous) {
		return false
	}
	return !a.LocalCall(challenge)
}

// LocalCall reports whether the message authenticates a user of the server's
// own machine: all six fields are empty, and the real logon happens outside of
// the messages. The server decides it in its challenge; where that is nil, the
// client's flags have to do.
func (a *Authenticate) LocalCall(challenge *Challenge) bool {
	if a.Incomplete || !a.allEmpty() || !a.Flags.Has(LocalCall) || a.Flags.Has(Anonymous) {
		return false
	}
	return challenge == nil || challenge.Flags.Has(LocalCall)
}

func (a *Authenticate) allEmpty() bool {
	return a.Domain == "" && a.User == "" && a.Workstation == "" &&
		len(a.LMResponse) == 0 && len(a.NTResponse) == 0 && !a.SessionKey
}
