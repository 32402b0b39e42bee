package abuse

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// NTLMRelay is the rule ntlm-relay: "NTLM relay".
var NTLMRelay = &trace.Rule{
	Rule: report.Rule{
		ID: "ntlm-relay", Title: "NTLM relay", Severity: report.High,
		Evidence:   "The same challenge and the same response on two connections, one inside the other in time, and marks of an attack: the first client gets another answer, asked for another site, the flags or the MIC were changed, or the protocol differs.",
		NotIf:      "A reverse proxy that passes a logon on (pass-through-proxy): there both connections get the same answer.",
		Why:        "A machine in the middle carried the server's challenge to a client and the client's answer to the server: it is now logged on as that client.",
		Fix:        "Require SMB and LDAP signing and Extended Protection (EPA), block coercion and name-resolution spoofing, and find the machine in the middle.",
		Log:        "Security log of the second server: event 4624 type 3 of the user, from the address of the machine in the middle",
		References: []string{"MS-NLMP 5.1", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.Proxied || !r.IsRelay() {
				return nil
			}
			c := report.Likely
			if len(r.Attack) >= 2 {
				c = report.Sure
			}
			f := ix.NewFinding(c, r.X.Client(), r.X.Account(), r.X, h)
			f.Explains = []*trace.Handshake{h, r.X}
			f.Summary = fmt.Sprintf("%s from %s: the logon to %s was relayed to %s, which %s it", r.X.Who(), r.X.Client(), r.X.Server(), ix.ServerText(h), acceptedOr(h))
			f.Evidence = append(ix.ShowAll(r.X, ix.AnswersText(r.X)), ix.ShowAll(h, ": the same token, the same challenge")...)
			f.Detail += " What speaks for it: " + strings.Join(r.Attack, "; ") + "."
			return ix.One(f)
		},
	},
}

func acceptedOr(h *trace.Handshake) string {
	if h.Outcome == report.Accepted {
		return "accepted"
	}
	return "did not accept"
}
