package doublehop

import (
	"fmt"

	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// TokenWithoutChallenge is the rule token-without-challenge: "A token whose
// challenge was issued elsewhere".
var TokenWithoutChallenge = &trace.Rule{
	Rule: report.Rule{
		ID: "token-without-challenge", Title: "A token whose challenge was issued elsewhere", Severity: report.High,
		Evidence:   "An AUTHENTICATE on a connection that was captured from its beginning, without a challenge and without a gap, and refused; no other connection in the capture explains it.",
		NotIf:      "A connection that began before the capture, or a lost challenge: then the rule is silent.",
		Why:        "An AUTHENTICATE answers a challenge. There was none on this connection, so the token was made for another one and cannot be accepted here.",
		Fix:        "Capture on the client or front end as well, to see where the challenge came from: a double hop whose first leg was not captured, or a load balancer that splits handshakes.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"KB183545", "MS-NLMP 3.3.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Relation != nil || !h.HasToken() || h.Frames.Challenge != 0 || h.Gap || !h.Conn.FromStart || h.Outcome != report.Denied {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s from %s: %s got an NTLM token without having issued a challenge on that connection, and refused it",
				h.Who(), h.Client(), ix.ServerText(h))
			f.Evidence = ix.ShowAll(h, ", no challenge on this connection")
			switch own := ix.Machines.Name(h.Server().Addr()); {
			case h.MadeFor() == "":
			case machine.NetBIOS(h.MadeFor()) == machine.NetBIOS(own):
				f.Summary += fmt.Sprintf("; the token was made for %s itself", h.MadeFor())
				f.Detail += " It names this very server: a stale token, or one of another connection to it."
			default:
				f.Summary += fmt.Sprintf("; it was made for %s, received by %s", h.MadeFor(), ix.ServerText(h))
				f.Detail += fmt.Sprintf(" It names %s: a double hop whose first leg was not captured, or a load balancer that split the handshake.", h.MadeFor())
			}
			return ix.One(f)
		},
	},
}
