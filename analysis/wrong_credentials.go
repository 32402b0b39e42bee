package analysis

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/ntlm"
)

var wrongCredentials = &Rule{
	Rule: report.Rule{
		ID: "wrong-credentials", Title: "Logon refused", Severity: report.Low,
		Evidence:   "A complete handshake that answers its own challenge, or credentials in one message, answered 401 or 407, and nothing else explains it. Three or more by one user on one server count as medium.",
		NotIf:      "An access list that refuses a good logon looks alike (authorization-denied, IIS 401.3).",
		Why:        "The server did not accept the user name or the password, or the account may not log on there (locked, disabled, expired, not from this workstation).",
		Fix:        "Look up the reason in the server's Security log: event 4625, or 4776 on the domain controller.",
		Log:        "IIS log: 401 1 2148074252 (SEC_E_LOGON_DENIED), Basic: 401 1 1326; Security log: event 4625 with its SubStatus",
		References: []string{"RFC 9110 15.5.2", "RFC 9110 15.5.8", "MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: byClientServersUser,
	Grow: func(f *Finding) {
		if f.Count >= 3 {
			f.Severity = max(f.Severity, report.Medium)
		}
	},
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if !h.refused() || h.Anonymous || h.LocalCall || h.relation != nil {
			return nil
		}
		whole := h.mech == mechBasic || h.mechanism() == "Digest" || h.mech == mechNTLM && h.Frames.Challenge != 0 && h.bound != ntlm.No
		if !whole {
			return nil
		}
		f := ix.finding(report.Likely, h.client(), h.Account(), h)
		f.explains = []*handshakeState{h}
		f.tell = tellWrongCredentials
		return ix.one(f)
	},
}

func tellWrongCredentials(ix *Index, f *Finding) {
	h := f.about[0]
	f.Summary = fmt.Sprintf("%s from %s: %s refused the %s logon", h.who(), h.client(), ix.serverText(h), h.mechanism())
	f.Evidence = ix.showAll(h, ix.answersText(h))
}
