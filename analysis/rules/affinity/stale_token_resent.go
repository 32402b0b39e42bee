package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// StaleTokenResent is the rule stale-token-resent: "NTLM token sent again to
// the same server".
var StaleTokenResent = &trace.Rule{
	Rule: report.Rule{
		ID: "stale-token-resent", Title: "NTLM token sent again to the same server", Severity: report.Medium,
		Evidence:   "The same NTLM response again to the same server, on a new connection without a challenge or later on the same connection, and refused.",
		NotIf:      "A TCP retransmission or a packet captured twice has the same sequence number, and is not counted.",
		Why:        "A token answers a challenge that is spent once it was used. The client or a proxy repeats the last Authorization field instead of starting anew.",
		Fix:        "The client must begin with a NEGOTIATE on a new connection, and send no Authorization on a connection that is authenticated.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"MS-NLMP 3.2.5.1.2", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.Stale && r.Kind != trace.Again || h.Outcome != report.Denied {
				return nil
			}
			where := "on a new connection"
			if r.Kind == trace.Again {
				where = "again on the same connection"
			}
			f := ix.NewFinding(report.Sure.Lower(h.Gap), h.Client(), h.Account(), r.X, h)
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s from %s: the NTLM token of frame %d was sent %s to %s, which refused it",
				h.Who(), h.Client(), ix.Number(r.X, r.X.Frames.Authenticate), where, ix.ServerText(h))
			f.Evidence = append(ix.ShowAll(r.X, ix.AnswersText(r.X)), ix.ShowAll(h, ix.OwnChallenge(h))...)
			return ix.One(f)
		},
	},
}
