package abuse

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// WrongCredentials is the rule wrong-credentials: "Logon refused".
var WrongCredentials = &trace.Rule{
	Rule: report.Rule{
		ID: "wrong-credentials", Title: "Logon refused", Severity: report.Low,
		Evidence: "A complete handshake that answers its own challenge, or credentials in one message, answered 401 or 407 in less than 20 s, and nothing else explains it. Three or more by one user on one server count as medium.",
		NotIf:    "An access list that refuses a good logon looks alike (authorization-denied, IIS 401.3).",
		Why:      "The server did not accept the user name or the password, or the account may not log on there (locked, disabled, expired, not from this workstation).",
		Fix: "The reason is in the Security log of the server, event 4625, Status and Sub Status: 0xC000006A password, 0xC0000064 no such user, 0xC0000234 locked out, 0xC0000072 disabled, 0xC0000071 or 0xC0000193 expired, " +
			"0xC0000070 not from this workstation, 0xC000015B not by network, 0xC0000418 NTLM blocked, 0xC000035B Extended Protection; or in event 4776 on the domain controller.",
		Log:        "IIS log: 401 1 2148074252 (SEC_E_LOGON_DENIED), Basic: 401 1 1326; Security log: event 4625 with its SubStatus",
		References: []string{"RFC 9110 15.5.2", "RFC 9110 15.5.8", "MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Grow: func(f *trace.Finding) {
		if f.Count >= 3 {
			f.Severity = max(f.Severity, report.Medium)
		}
	},
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if !h.Refused() || h.Anonymous || h.LocalCall || h.Relation != nil || h.RefusedLate() {
				return nil
			}
			whole := h.Mechanism == trace.Basic || h.MechanismName() == "Digest" || h.Mechanism == trace.NTLM && h.Frames.Challenge != 0 && h.Bound != ntlm.No
			if !whole {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
			f.Explains = []*trace.Handshake{h}
			f.Write = writeWrongCredentials
			return ix.One(f)
		},
	},
}

func writeWrongCredentials(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s: %s refused the %s logon", h.Who(), h.Client(), ix.ServerText(h), h.MechanismName())
	f.Evidence = ix.ShowAll(h, ix.AnswersText(h))
	if h.Mechanism != trace.NTLM {
		return
	}
	f.Detail = " " + sentText(h) + " " + alsoRefused(h)
	if h.Session.Proxy {
		f.Log = "Squid: cache.log, ntlm_auth with its NT_STATUS; Samba: log.winbindd, and wbinfo -a 'DOMAIN\\user' beside it; Windows: Security log, event 4625 with its SubStatus"
	}
}
