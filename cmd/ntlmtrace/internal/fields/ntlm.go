package fields

import (
	"encoding/hex"
	"fmt"

	"ntlmtrace/decode/ntlm"
)

// negotiate adds the fields of MS-NLMP section 2.2.1.1.
func (l *List) negotiate(m *ntlm.Negotiate) {
	l.Head("NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1)", func() {
		l.Add("NegotiateFlags", m.Flags.String())
		l.Add("DomainName", m.Domain)
		l.Add("Workstation", m.Workstation)
		l.version(m.Version)
	})
}

// challenge adds the fields of MS-NLMP section 2.2.1.2.
func (l *List) challenge(m *ntlm.Challenge) {
	l.Head("CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2)", func() {
		l.Add("TargetName", m.TargetName)
		l.Add("NegotiateFlags", m.Flags.String())
		l.Add("ServerChallenge", fingerprint(m.ServerChallenge[:]))
		l.version(m.Version)
		l.pairs("TargetInfo", m.TargetInfo)
	})
}

// authenticate adds the fields of MS-NLMP section 2.2.1.3. Responses can be
// used to guess the password, so they are shown as fingerprints only.
func (l *List) authenticate(m *ntlm.Authenticate) {
	l.Head("AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3)", func() {
		l.Add("DomainName", m.Domain)
		l.Add("UserName", m.User)
		l.Add("Workstation", m.Workstation)
		switch {
		case m.Anonymous(nil):
			l.Add("logon", "anonymous")
		case m.LocalCall(nil):
			l.Add("logon", "local call: no credentials on the wire")
		}
		l.addf("response", "%s, token %s", m.ResponseVersion(), orNone(m.Fingerprint()))
		l.addf("LmChallengeResponse", "%d bytes", len(m.LMResponse.Bytes()))
		l.addf("NtChallengeResponse", "%d bytes", len(m.NTResponse.Bytes()))
		if m.HasFlags {
			l.Add("NegotiateFlags", m.Flags.String())
		}
		if m.SessionKey {
			l.Add("EncryptedRandomSessionKey", "present")
		}
		l.version(m.Version)
		l.Add("MIC", micText(m))
		if !m.Time.IsZero() {
			l.Add("TimeStamp", timeText(m.Time))
		}
		l.pairs("TargetInfo", m.TargetInfo)
	})
}

func micText(m *ntlm.Authenticate) string {
	switch {
	case !m.HasMIC:
		return "none"
	case m.MICZero:
		return "zero"
	}
	return "present"
}

func (l *List) version(v *ntlm.Version) {
	if v == nil {
		return
	}
	text := v.String()
	if name := v.Windows(); name != "" {
		text += " (" + name + ")"
	}
	l.Add("Version", text)
}

// pairs adds the AV_PAIRs of MS-NLMP section 2.2.2.1.
func (l *List) pairs(name string, pairs ntlm.AVPairs) {
	if pairs == nil {
		return
	}
	l.Head(name, func() {
		for _, p := range pairs {
			l.addf(p.ID.String(), "%s", orNone(pairText(p)))
		}
	})
}

func pairText(p ntlm.AVPair) string {
	one := ntlm.AVPairs{p}
	switch p.ID {
	case ntlm.MsvAvNbComputerName, ntlm.MsvAvNbDomainName, ntlm.MsvAvDnsComputerName, ntlm.MsvAvDnsDomainName, ntlm.MsvAvDnsTreeName, ntlm.MsvAvTargetName:
		return one.Text(p.ID)
	case ntlm.MsvAvTimestamp:
		if t, ok := one.Timestamp(); ok {
			return timeText(t)
		}
	case ntlm.MsvAvFlags:
		if v, ok := one.Flags(); ok {
			return avFlagsText(v)
		}
	case ntlm.MsvAvChannelBindings:
		if hash, ok := one.ChannelBindings(); ok && hash == [16]byte{} {
			return "zero: the client had none"
		}
	case ntlm.MsvAvSingleHost:
		if id, ok := one.MachineID(); ok {
			return "machine " + fingerprint(id[:])
		}
	}
	return hex.EncodeToString(p.Value)
}

// avFlagsText names the bits of MsvAvFlags.
func avFlagsText(v uint32) string {
	text := fmt.Sprintf("0x%x", v)
	for _, bit := range []struct {
		value uint32
		name  string
	}{
		{ntlm.AvFlagConstrained, "account authentication constrained"},
		{ntlm.AvFlagMIC, "MIC present"},
		{ntlm.AvFlagUntrustedSPN, "target name from an untrusted source"},
	} {
		if v&bit.value != 0 {
			text += ", " + bit.name
		}
	}
	return text
}
