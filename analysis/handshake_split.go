package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var handshakeSplit = &Rule{
	Rule: report.Rule{
		ID: "handshake-split", Title: "Handshake split over connections", Severity: report.High,
		Evidence:   "An AUTHENTICATE on a connection without a challenge that answers the challenge of another connection of the same client, or of the same proxy, to the same site.",
		NotIf:      "A lost packet hid the challenge on this connection: then bytes are missing before the AUTHENTICATE, and the rule is silent.",
		Why:        "NTLM authenticates a connection. A proxy or load balancer sent the messages of one handshake over different connections, so the server gets an answer to a challenge that it did not issue there.",
		Fix:        "Bind the client's connection to one server connection: connection persistence, no multiplexing or OneConnect; haproxy: http-reuse never; nginx: ntlm with keepalive.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"RFC 4559 6", "MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if r := h.relation; r != nil {
			if r.kind != split {
				return nil
			}
			return splitFinding(ix, h, r.z, r.x, report.Sure.Lower(h.Outcome != report.Denied, h.gap))
		}
		if !h.hasToken() || h.Frames.Challenge != 0 || h.gap || h.Outcome == report.Accepted {
			return nil
		}
		z, c := ix.splitFrom(h)
		if z == nil {
			return nil
		}
		return splitFinding(ix, h, z, nil, c.Lower(h.Outcome != report.Denied))
	},
}

// splitFinding tells that h answers the challenge of z; x is the same logon on
// the client's own connection, if it was captured.
func splitFinding(ix *Index, h, z, x *handshakeState, c report.Confidence) []*Finding {
	if h.Outcome == report.Accepted {
		return nil
	}
	about := []*handshakeState{z, h}
	client := h.client()
	if x != nil {
		about, client = []*handshakeState{x, z, h}, x.client()
	}
	f := ix.finding(c, client, h.Account(), about...)
	f.explains = []*handshakeState{h, z}
	z.elsewhere = true
	if x != nil && x.refused() {
		f.explains = append(f.explains, x)
	}
	f.Summary = fmt.Sprintf("%s from %s: the challenge came on one connection, the answer went out on another to %s, which %s",
		h.who(), client, ix.serverText(h), verb(h))
	f.Evidence = []report.Evidence{ix.show(z, z.Frames.Challenge, false, "CHALLENGE by %s on the first connection", ix.serverText(z))}
	if x != nil {
		f.Evidence = append(f.Evidence, ix.showCredentials(x, ix.answersText(x)))
	}
	f.Evidence = append(f.Evidence, ix.showAll(h, ": its answer on another connection")...)
	return ix.one(f)
}
