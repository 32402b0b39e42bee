package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var staleTokenResent = &Rule{
	Rule: report.Rule{
		ID: "stale-token-resent", Title: "NTLM token sent again to the same server", Severity: report.Medium,
		Evidence:   "The same NTLM response again to the same server, on a new connection without a challenge or later on the same connection, and refused.",
		NotIf:      "A TCP retransmission or a packet captured twice has the same sequence number, and is not counted.",
		Why:        "A token answers a challenge that is spent once it was used. The client or a proxy repeats the last Authorization field instead of starting anew.",
		Fix:        "The client must begin with a NEGOTIATE on a new connection, and send no Authorization on a connection that is authenticated.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"MS-NLMP 3.2.5.1.2", "RFC 4559 6"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		r := h.relation
		if r == nil || r.kind != stale && r.kind != again || h.Outcome != report.Denied {
			return nil
		}
		where := "on a new connection"
		if r.kind == again {
			where = "again on the same connection"
		}
		f := ix.finding(report.Sure.Lower(h.gap), h.client(), h.Account(), r.x, h)
		f.explains = []*handshakeState{h}
		f.Summary = fmt.Sprintf("%s from %s: the NTLM token of frame %d was sent %s to %s, which refused it",
			h.who(), h.client(), ix.number(r.x, r.x.Frames.Authenticate), where, ix.serverText(h))
		f.Evidence = append(ix.showAll(r.x, ix.answersText(r.x)), ix.showAll(h, ix.ownChallenge(h))...)
		return ix.one(f)
	},
}
