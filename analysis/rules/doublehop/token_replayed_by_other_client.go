package doublehop

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// TokenReplayedByOtherClient is the rule token-replayed-by-other-client:
// "Somebody else's NTLM token".
var TokenReplayedByOtherClient = &trace.Rule{
	Rule: report.Rule{
		ID: "token-replayed-by-other-client", Title: "Somebody else's NTLM token", Severity: report.High,
		Evidence:   "The same NTLM response on two connections to the same server from different client machines, where the second did not get the same challenge.",
		NotIf:      "Two addresses of one client machine, or the two sides of a NAT or proxy: compare the workstation and the times.",
		Why:        "A token was taken from one client's traffic and sent by another machine. It answers a challenge that is spent, so the server refuses it; that somebody has it is the news.",
		Fix:        "Find out who runs the second client and how it got the token: a proxy or script that copies headers, or somebody who reads the traffic. Use TLS.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN) with the second client's address",
		References: []string{"MS-NLMP 3.3.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.OtherClient {
				return nil
			}
			if h.Outcome == report.Accepted && !h.Conn.FromStart && !r.X.Conn.FromStart {
				return nil // two sights of one connection, of which the capture lacks the beginning
			}
			f := ix.NewFinding(report.Likely.Lower(r.X.Workstation == ""), h.Client(), h.Account(), r.X, h)
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s: the NTLM token that %s sent to %s came again from %s, which %s",
				r.X.Who(), r.X.Client(), ix.ServerText(h), h.Client(), trace.OutcomeText(h))
			f.Evidence = append(ix.ShowAll(r.X, ix.AnswersText(r.X)), ix.ShowAll(h, ix.OwnChallenge(h))...)
			return ix.One(f)
		},
	},
}
