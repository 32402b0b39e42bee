package kerberos

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/kerberos"
)

// Refused is the rule kerberos-refused: "Kerberos ticket refused".
var Refused = &trace.Rule{
	Rule: report.Rule{
		ID: "kerberos-refused", Title: "Kerberos ticket refused", Severity: report.Medium,
		Evidence:   "A Kerberos AP-REQ answered 401, often with a KRB-ERROR in the answer.",
		NotIf:      "An access list that refuses a good logon (authorization-denied).",
		Why:        "The service could not use the ticket: it is for another account's key (wrong or duplicate SPN), the clocks differ, or the ticket is too old.",
		Fix:        "Check that the SPN is on the account that runs the application pool, or on the machine with kernel mode (useAppPoolCredentials), look for duplicates (setspn -X), and check the clocks.",
		Log:        "System log of the client or server: Kerberos event 4 (KRB_AP_ERR_MODIFIED)",
		References: []string{"RFC 4120 7.5.9", "RFC 4178 4.2"},
	},
	Cause: true, Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.Kerberos || h.Outcome != report.Denied && h.KerberosError == 0 {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
			f.User = ""
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s: %s refused the Kerberos ticket for %s", h.Client(), ix.ServerText(h), h.SPN)
			if h.KerberosError != 0 {
				f.Confidence = report.Sure
				f.Summary += fmt.Sprintf(": %d %s", h.KerberosError, kerberos.ErrorName(h.KerberosError))
			}
			f.Evidence = ix.ShowAll(h, ", ticket for "+h.SPN)
			return ix.One(f)
		},
	},
}
