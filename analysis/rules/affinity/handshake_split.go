package affinity

import (
	"fmt"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// HandshakeSplit is the rule handshake-split: "Handshake split over
// connections".
var HandshakeSplit = &trace.Rule{
	Rule: report.Rule{
		ID: "handshake-split", Title: "Handshake split over connections", Severity: report.High,
		Evidence:   "An AUTHENTICATE on a connection without a challenge that answers the challenge of another connection of the same client, or of the same proxy, to the same site.",
		NotIf:      "A lost packet hid the challenge on this connection: then bytes are missing before the AUTHENTICATE, and the rule is silent.",
		Why:        "NTLM authenticates a connection. A proxy or load balancer sent the messages of one handshake over different connections, so the server gets an answer to a challenge that it did not issue there.",
		Fix:        "Bind the client's connection to one server connection: connection persistence, no multiplexing or OneConnect; haproxy: http-reuse never; nginx: ntlm with keepalive.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"RFC 4559 6", "MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if r := h.Relation; r != nil {
				if r.Kind != trace.Split {
					return nil
				}
				return splitFinding(ix, h, r.Z, r.X, report.Sure.Lower(h.Outcome != report.Denied, h.Gap))
			}
			if !h.HasToken() || h.Frames.Challenge != 0 || h.Gap || h.Outcome == report.Accepted {
				return nil
			}
			z, c := ix.SplitFrom(h)
			if z == nil {
				return nil
			}
			return splitFinding(ix, h, z, nil, c.Lower(h.Outcome != report.Denied))
		},
	},
}

// splitFinding reports that h answers the challenge of z; x is the same logon
// on the connection to the machine that split it, if that was captured. A proxy
// may be in front of that one.
func splitFinding(ix *trace.Index, h, z, x *trace.Handshake, c report.Confidence) []*trace.Finding {
	if h.Outcome == report.Accepted {
		return nil
	}
	var legs []*trace.Handshake
	about := []*trace.Handshake{z, h}
	client := h.Client()
	if x != nil {
		legs = append(ix.InFront(x), x)
		about, client = append(slices.Clone(legs), z, h), legs[0].Client()
	}
	f := ix.NewFinding(c, client, h.Account(), about...)
	f.Explains = []*trace.Handshake{h, z}
	for _, leg := range legs {
		if leg.Refused() {
			f.Explains = append(f.Explains, leg)
		}
	}
	f.Summary = fmt.Sprintf("%s from %s: the challenge came on one connection, the answer went out on another to %s, which %s",
		h.Who(), client, ix.ServerText(h), trace.Verb(h))
	f.Evidence = []report.Evidence{ix.Show(z, z.Frames.Challenge, false, "CHALLENGE by %s on the first connection", ix.ServerText(z))}
	if x != nil {
		f.Evidence = append(f.Evidence, ix.ShowCredentials(x, ix.AnswersText(x)))
	}
	f.Evidence = append(f.Evidence, ix.ShowAll(h, ": its answer on another connection")...)
	return ix.One(f)
}
