package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var tokenReplayedByOtherClient = &Rule{
	Rule: report.Rule{
		ID: "token-replayed-by-other-client", Title: "Somebody else's NTLM token", Severity: report.High,
		Evidence:   "The same NTLM response on two connections to the same server from different client machines, where the second did not get the same challenge.",
		NotIf:      "Two addresses of one client machine, or the two sides of a NAT or proxy: compare the workstation and the times.",
		Why:        "A token was taken from one client's traffic and sent by another machine. It answers a challenge that is spent, so the server refuses it; that somebody has it is the news.",
		Fix:        "Find out who runs the second client and how it got the token: a proxy or script that copies headers, or somebody who reads the traffic. Use TLS.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN) with the second client's address",
		References: []string{"MS-NLMP 3.3.2"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		r := h.relation
		if r == nil || r.kind != otherClient {
			return nil
		}
		if h.Outcome == report.Accepted && !h.leg.fromStart && !r.x.leg.fromStart {
			return nil // two sights of one connection, of which the capture lacks the beginning
		}
		f := ix.finding(report.Likely.Lower(r.x.Workstation == ""), h.client(), h.Account(), r.x, h)
		f.explains = []*handshakeState{h}
		f.Summary = fmt.Sprintf("%s: the NTLM token that %s sent to %s came again from %s, which %s",
			r.x.who(), r.x.client(), ix.serverText(h), h.client(), outcomeText(h))
		f.Evidence = append(ix.showAll(r.x, ix.answersText(r.x)), ix.showAll(h, ix.ownChallenge(h))...)
		return ix.one(f)
	},
}

// outcomeText says in a summary how the credentials of h fared.
func outcomeText(h *handshakeState) string {
	switch {
	case h.Outcome == report.Denied:
		return "was refused"
	case h.Outcome == report.Accepted:
		return "was accepted"
	case h.Frames.Result == 0:
		return "got no answer that was captured"
	}
	return "was answered " + statusText(int(h.Status))
}
