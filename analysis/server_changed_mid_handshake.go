package analysis

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/ntlm"
)

var serverChangedMidHandshake = &Rule{
	Rule: report.Rule{
		ID: "server-changed-mid-handshake", Title: "Another server in the middle of a handshake", Severity: report.Medium,
		Evidence:   "On one connection, the AUTHENTICATE names another server than the CHALLENGE before it, or the answer to it is a CHALLENGE of another server.",
		NotIf:      "Different names on different connections are healthy load balancing. The Server field changes inside one handshake on IIS: Microsoft-HTTPAPI, then Microsoft-IIS.",
		Why:        "Behind one address stand several servers, and the messages of one handshake went to different ones: each knows only its own challenge.",
		Fix:        "Make the load balancer persistent by connection, not by request.",
		Log:        "IIS log of one server: 401 1 2148074254 without the request that follows it; of the other: 401 1 2148074248",
		References: []string{"RFC 4559 6", "MS-NLMP 2.2.2.1"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		var f *Finding
		switch {
		case h.Frames.Authenticate != 0 && h.Frames.Challenge != 0 && h.bound == ntlm.No && h.Outcome != report.Accepted && h.madeFor() != "" &&
			netbios(h.madeFor()) != netbios(h.serverName()) && h.relation == nil:
			f = ix.finding(report.Sure.Lower(h.gap), h.client(), h.Account(), h)
			f.Summary = fmt.Sprintf("%s from %s: the challenge on the connection to %s is by %s, the token answers one by %s", h.who(), h.client(), h.server(), h.serverName(), h.madeFor())
		case h.facts().after != nil && h.facts().after.Outcome != report.Accepted && h.facts().after.Frames.Authenticate != 0:
			f = ix.finding(report.Likely.Lower(h.gap), h.client(), h.facts().after.Account(), h.facts().after, h)
			f.Summary = fmt.Sprintf("%s from %s: on one connection to %s the handshake began with %s and went on with %s", h.facts().after.who(), h.client(), h.server(), h.facts().after.serverName(), h.serverName())
			f.Evidence = ix.showAll(h.facts().after, ix.answersText(h.facts().after))
			f.explains = []*handshakeState{h.facts().after}
		default:
			return nil
		}
		f.explains = append(f.explains, h)
		if h.Frames.Challenge != 0 {
			f.Evidence = append(f.Evidence, ix.show(h, h.Frames.Challenge, false, "CHALLENGE by %s", h.serverName()))
		}
		if h.Frames.Authenticate != 0 {
			f.Evidence = append(f.Evidence, ix.showAll(h, ", made for "+h.madeFor())...)
		}
		return ix.one(f)
	},
}
