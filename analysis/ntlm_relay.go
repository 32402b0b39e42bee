package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"strings"
)

var ntlmRelay = &Rule{
	Rule: report.Rule{
		ID: "ntlm-relay", Title: "NTLM relay", Severity: report.High,
		Evidence:   "The same challenge and the same response on two connections, one inside the other in time, and marks of an attack: the first client gets another answer, asked for another site, the flags or the MIC were changed, or the protocol differs.",
		NotIf:      "A reverse proxy that passes a logon on (pass-through-proxy): there both connections get the same answer.",
		Why:        "A machine in the middle carried the server's challenge to a client and the client's answer to the server: it is now logged on as that client.",
		Fix:        "Require SMB and LDAP signing and Extended Protection (EPA), block coercion and name-resolution spoofing, and find the machine in the middle.",
		Log:        "Security log of the second server: event 4624 type 3 of the user, from the address of the machine in the middle",
		References: []string{"MS-NLMP 5.1", "RFC 4559 6"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		r := h.relation
		if r == nil || r.kind != proxied || !isRelay(r) {
			return nil
		}
		c := report.Likely
		if len(r.attack) >= 2 {
			c = report.Sure
		}
		f := ix.finding(c, r.x.client(), r.x.Account(), r.x, h)
		f.explains = []*handshakeState{h, r.x}
		f.Summary = fmt.Sprintf("%s from %s: the logon to %s was relayed to %s, which %s it", r.x.who(), r.x.client(), r.x.server(), ix.serverText(h), acceptedOr(h))
		f.Evidence = append(ix.showAll(r.x, ix.answersText(r.x)), ix.showAll(h, ": the same token, the same challenge")...)
		f.detail += " What speaks for it: " + strings.Join(r.attack, "; ") + "."
		return ix.one(f)
	},
}

func acceptedOr(h *handshakeState) string {
	if h.Outcome == report.Accepted {
		return "accepted"
	}
	return "did not accept"
}
