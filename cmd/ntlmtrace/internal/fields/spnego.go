package fields

import (
	"strings"

	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/spnego"
)

// spnego adds the fields of RFC 4178 section 4.2.
func (l *List) spnego(t *spnego.Token) {
	l.Head(t.Kind.String()+" (RFC 4178 4.2)", func() {
		mechs := make([]string, len(t.MechTypes))
		for i, m := range t.MechTypes {
			mechs[i] = m.String()
		}
		l.Add("mechTypes", strings.Join(mechs, ", "))
		l.Add("hintName", t.HintName)
		if t.NegState != nil {
			l.Add("negState", t.NegState.String())
		}
		if t.SupportedMech != "" {
			l.Add("supportedMech", t.SupportedMech.String())
		}
		if t.HasMechListMIC {
			l.Add("mechListMIC", "present")
		}
	})
}

// kerberos adds the fields of RFC 4120 sections 5.5 and 5.9 that are not
// encrypted.
func (l *List) kerberos(m *kerberos.Message) {
	l.Head("Kerberos "+m.Kind.String()+" (RFC 4120 5.5, 5.9)", func() {
		l.Add("realm", m.Realm)
		l.Add("sname", m.Service)
		if m.TicketEType != 0 {
			l.addf("ticket etype", "%v, kvno %d", m.TicketEType, m.KVNO)
		}
		if m.AuthenticatorEType != 0 {
			l.addf("authenticator etype", "%v", m.AuthenticatorEType)
		}
		if m.MutualRequired {
			l.Add("ap-options", "mutual-required")
		}
		if m.UseSessionKey {
			l.Add("ap-options", "use-session-key")
		}
		if m.Kind == kerberos.Error {
			l.addf("error-code", "%d %s", m.ErrorCode, kerberos.ErrorName(m.ErrorCode))
			l.Add("e-text", m.ErrorText)
		}
		if m.NTStatus != 0 {
			l.addf("NTSTATUS", "0x%08x", m.NTStatus)
		}
		if !m.ServerTime.IsZero() {
			l.Add("stime", timeText(m.ServerTime))
		}
		l.Add("cname", m.ClientName)
		l.Add("crealm", m.ClientRealm)
	})
}
