package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"ntlmtrace/decode"
	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// fieldList collects the fields of a message for a person to read, under the
// names of the standard.
type fieldList struct {
	rows  []fieldRow
	depth int
}

type fieldRow struct {
	depth       int
	name, value string
}

// add notes a field, unless it is empty.
func (l *fieldList) add(name, value string) {
	if value != "" {
		l.rows = append(l.rows, fieldRow{l.depth, name, value})
	}
}

func (l *fieldList) addf(name, format string, args ...any) {
	l.add(name, fmt.Sprintf(format, args...))
}

// head begins a structure; what fields adds is inside it.
func (l *fieldList) head(text string, fields func()) {
	l.rows = append(l.rows, fieldRow{l.depth, text, ""})
	l.depth++
	fields()
	l.depth--
}

// write prints the fields below each other, values in one column.
func (l *fieldList) write(w io.Writer, k look) {
	const indent, gap = 2, 2
	width := 0
	for _, r := range l.rows {
		if r.value != "" {
			width = max(width, indent*r.depth+len(r.name))
		}
	}
	for _, r := range l.rows {
		margin := strings.Repeat(" ", indent*r.depth)
		if r.value == "" {
			fmt.Fprintf(w, "%s%s\n", margin, k.bold(r.name))
			continue
		}
		fmt.Fprintf(w, "%s%-*s%s\n", margin, width+gap-len(margin), r.name, safe(r.value))
	}
}

// token adds what an NTLM or Negotiate token holds.
func (l *fieldList) token(t *decode.Token) {
	if t.SPNEGO != nil {
		l.spnego(t.SPNEGO)
	}
	switch {
	case t.Negotiate != nil:
		l.negotiate(t.Negotiate)
	case t.Challenge != nil:
		l.challenge(t.Challenge)
	case t.Authenticate != nil:
		l.authenticate(t.Authenticate)
	case t.Kerberos != nil:
		l.kerberos(t.Kerberos)
	}
	for _, p := range t.Problems {
		l.add("problem", p)
	}
}

// negotiate adds the fields of MS-NLMP section 2.2.1.1.
func (l *fieldList) negotiate(m *ntlm.Negotiate) {
	l.head("NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1)", func() {
		l.add("NegotiateFlags", m.Flags.String())
		l.add("DomainName", m.Domain)
		l.add("Workstation", m.Workstation)
		l.version(m.Version)
	})
}

// challenge adds the fields of MS-NLMP section 2.2.1.2.
func (l *fieldList) challenge(m *ntlm.Challenge) {
	l.head("CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2)", func() {
		l.add("TargetName", m.TargetName)
		l.add("NegotiateFlags", m.Flags.String())
		l.add("ServerChallenge", fingerprint(m.ServerChallenge[:]))
		l.version(m.Version)
		l.pairs("TargetInfo", m.TargetInfo)
	})
}

// authenticate adds the fields of MS-NLMP section 2.2.1.3. Responses can be
// used to guess the password, so they are shown as fingerprints only.
func (l *fieldList) authenticate(m *ntlm.Authenticate) {
	l.head("AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3)", func() {
		l.add("DomainName", m.Domain)
		l.add("UserName", m.User)
		l.add("Workstation", m.Workstation)
		switch {
		case m.Anonymous(nil):
			l.add("logon", "anonymous")
		case m.LocalCall(nil):
			l.add("logon", "local call: no credentials on the wire")
		}
		l.addf("response", "%s, token %s", m.ResponseVersion(), orNone(m.Fingerprint()))
		l.addf("LmChallengeResponse", "%d bytes", len(m.LMResponse.Bytes()))
		l.addf("NtChallengeResponse", "%d bytes", len(m.NTResponse.Bytes()))
		if m.HasFlags {
			l.add("NegotiateFlags", m.Flags.String())
		}
		if m.SessionKey {
			l.add("EncryptedRandomSessionKey", "present")
		}
		l.version(m.Version)
		l.add("MIC", micText(m))
		if !m.Time.IsZero() {
			l.add("TimeStamp", timeText(m.Time))
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

func (l *fieldList) version(v *ntlm.Version) {
	if v == nil {
		return
	}
	text := v.String()
	if name := v.Windows(); name != "" {
		text += " (" + name + ")"
	}
	l.add("Version", text)
}

// pairs adds the AV_PAIRs of MS-NLMP section 2.2.2.1.
func (l *fieldList) pairs(name string, pairs ntlm.AVPairs) {
	if pairs == nil {
		return
	}
	l.head(name, func() {
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

// spnego adds the fields of RFC 4178 section 4.2.
func (l *fieldList) spnego(t *spnego.Token) {
	l.head(t.Kind.String()+" (RFC 4178 4.2)", func() {
		mechs := make([]string, len(t.MechTypes))
		for i, m := range t.MechTypes {
			mechs[i] = m.String()
		}
		l.add("mechTypes", strings.Join(mechs, ", "))
		l.add("hintName", t.HintName)
		if t.NegState != nil {
			l.add("negState", t.NegState.String())
		}
		if t.SupportedMech != "" {
			l.add("supportedMech", t.SupportedMech.String())
		}
		if t.HasMechListMIC {
			l.add("mechListMIC", "present")
		}
	})
}

// kerberos adds the fields of RFC 4120 sections 5.5 and 5.9 that are not
// encrypted.
func (l *fieldList) kerberos(m *kerberos.Message) {
	l.head("Kerberos "+m.Kind.String()+" (RFC 4120 5.5, 5.9)", func() {
		l.add("realm", m.Realm)
		l.add("sname", m.Service)
		if m.TicketEType != 0 {
			l.addf("ticket etype", "%v, kvno %d", m.TicketEType, m.KVNO)
		}
		if m.AuthenticatorEType != 0 {
			l.addf("authenticator etype", "%v", m.AuthenticatorEType)
		}
		if m.MutualRequired {
			l.add("ap-options", "mutual-required")
		}
		if m.UseSessionKey {
			l.add("ap-options", "use-session-key")
		}
		if m.Kind == kerberos.Error {
			l.addf("error-code", "%d %s", m.ErrorCode, kerberos.ErrorName(m.ErrorCode))
			l.add("e-text", m.ErrorText)
		}
		if m.NTStatus != 0 {
			l.addf("NTSTATUS", "0x%08x", m.NTStatus)
		}
		if !m.ServerTime.IsZero() {
			l.add("stime", timeText(m.ServerTime))
		}
		l.add("cname", m.ClientName)
		l.add("crealm", m.ClientRealm)
	})
}

// basic adds the fields of RFC 7617 section 2.
func (l *fieldList) basic(b *decode.Basic, showSecrets bool) {
	l.head("Basic credentials (RFC 7617)", func() {
		l.add("user-id", orNone(b.User))
		if showSecrets {
			l.addf("password", "%q", b.Password.Reveal())
		} else {
			l.add("password", "hidden (--show-secrets)")
		}
	})
}

// fingerprint stands for bytes that are not shown: the first 16 hex digits of
// their SHA-256, as in the token of a handshake.
func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return "fingerprint " + hex.EncodeToString(sum[:8])
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.0000000 UTC") }

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
