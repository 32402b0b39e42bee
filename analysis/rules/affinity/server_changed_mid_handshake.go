package affinity

import (
	"fmt"

	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// ServerChangedMidHandshake is the rule server-changed-mid-handshake: "Another
// server in the middle of a handshake".
var ServerChangedMidHandshake = &trace.Rule{
	Rule: report.Rule{
		ID: "server-changed-mid-handshake", Title: "Another server in the middle of a handshake", Severity: report.Medium,
		Evidence:   "On one connection, the AUTHENTICATE names another server than the CHALLENGE before it, or the answer to it is a CHALLENGE of another server.",
		NotIf:      "Different names on different connections are healthy load balancing. The Server field changes inside one handshake on IIS: Microsoft-HTTPAPI, then Microsoft-IIS.",
		Why:        "Behind one address stand several servers, and the messages of one handshake went to different ones: each knows only its own challenge.",
		Fix:        "Make the load balancer persistent by connection, not by request.",
		Log:        "IIS log of one server: 401 1 2148074254 without the request that follows it; of the other: 401 1 2148074248",
		References: []string{"RFC 4559 6", "MS-NLMP 2.2.2.1"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			var f *trace.Finding
			switch {
			case h.Frames.Authenticate != 0 && h.Frames.Challenge != 0 && h.Bound == ntlm.No && h.Outcome != report.Accepted && h.MadeFor() != "" &&
				machine.NetBIOS(h.MadeFor()) != machine.NetBIOS(h.ServerName()) && h.Relation == nil:
				f = ix.NewFinding(report.Sure.Lower(h.Gap), h.Client(), h.Account(), h)
				f.Summary = fmt.Sprintf("%s from %s: the challenge on the connection to %s is by %s, the token answers one by %s", h.Who(), h.Client(), h.Server(), h.ServerName(), h.MadeFor())
			case h.Extra().After != nil && h.Extra().After.Outcome != report.Accepted && h.Extra().After.Frames.Authenticate != 0:
				f = ix.NewFinding(report.Likely.Lower(h.Gap), h.Client(), h.Extra().After.Account(), h.Extra().After, h)
				f.Summary = fmt.Sprintf("%s from %s: on one connection to %s the handshake began with %s and went on with %s", h.Extra().After.Who(), h.Client(), h.Server(), h.Extra().After.ServerName(), h.ServerName())
				f.Evidence = ix.ShowAll(h.Extra().After, ix.AnswersText(h.Extra().After))
				f.Explains = []*trace.Handshake{h.Extra().After}
			default:
				return nil
			}
			f.Explains = append(f.Explains, h)
			if h.Frames.Challenge != 0 {
				f.Evidence = append(f.Evidence, ix.Show(h, h.Frames.Challenge, false, "CHALLENGE by %s", h.ServerName()))
			}
			if h.Frames.Authenticate != 0 {
				f.Evidence = append(f.Evidence, ix.ShowAll(h, ", made for "+h.MadeFor())...)
			}
			return ix.One(f)
		},
	},
}
