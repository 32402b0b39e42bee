package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var tokenWithoutChallenge = &Rule{
	Rule: report.Rule{
		ID: "token-without-challenge", Title: "A token whose challenge was issued elsewhere", Severity: report.High,
		Evidence:   "An AUTHENTICATE on a connection that was captured from its beginning, without a challenge and without a gap, and refused; no other connection in the capture explains it.",
		NotIf:      "A connection that began before the capture, or a lost challenge: then the rule is silent.",
		Why:        "An AUTHENTICATE answers a challenge. There was none on this connection, so the token was made for another one and cannot be accepted here.",
		Fix:        "Capture on the client or front end as well, to see where the challenge came from: a double hop whose first leg was not captured, or a load balancer that splits handshakes.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"KB183545", "MS-NLMP 3.3.2"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.relation != nil || !h.hasToken() || h.Frames.Challenge != 0 || h.gap || !h.leg.fromStart || h.Outcome != report.Denied {
			return nil
		}
		f := ix.finding(report.Likely, h.client(), h.Account(), h)
		f.explains = []*handshakeState{h}
		f.Summary = fmt.Sprintf("%s from %s: %s got an NTLM token without having issued a challenge on that connection, and refused it",
			h.who(), h.client(), ix.serverText(h))
		f.Evidence = ix.showAll(h, ", no challenge on this connection")
		switch own := ix.machines.name(h.server().Addr()); {
		case h.madeFor() == "":
		case netbios(h.madeFor()) == netbios(own):
			f.Summary += fmt.Sprintf("; the token was made for %s itself", h.madeFor())
			f.detail += " It names this very server: a stale token, or one of another connection to it."
		default:
			f.Summary += fmt.Sprintf("; it was made for %s, received by %s", h.madeFor(), ix.serverText(h))
			f.detail += fmt.Sprintf(" It names %s: a double hop whose first leg was not captured, or a load balancer that split the handshake.", h.madeFor())
		}
		return ix.one(f)
	},
}
