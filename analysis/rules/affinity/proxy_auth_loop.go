package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// loopTime is how close refused proxy logons are that make a loop: a person
// who types a password anew is slower.
const loopTime = 30e9

// ProxyAuthLoop is the rule proxy-auth-loop: "Proxy authentication loop".
var ProxyAuthLoop = &trace.Rule{
	Rule: report.Rule{
		ID: "proxy-auth-loop", Title: "Proxy authentication loop", Severity: report.Medium,
		Evidence:   "Two or more complete handshakes with a proxy in a short time, each answered 407.",
		NotIf:      "Parallel connections of a browser that each log on once are normal. A wrong password that is typed again comes later.",
		Why:        "The proxy refuses the logon and asks again, and the client answers with the same account again.",
		Fix:        "Check the account at the proxy and its connection to the domain; check that nothing between client and proxy spreads one connection over several.",
		Log:        "Proxy log: TCP_DENIED/407 for one client again and again",
		References: []string{"RFC 9110 11.7", "RFC 9110 15.5.8", "MS-NTHT 2.2.4"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		last := map[*trace.Hop]*trace.Handshake{} // the last complete logon of each hop that its proxy refused
		return trace.Questions{
			OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding { return looped(ix, h, last) },
			OnLeave: func(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
				if last[h.Conn.Hop] == h {
					delete(last, h.Conn.Hop)
				}
				return nil
			},
		}
	},
}

func looped(ix *trace.Index, h *trace.Handshake, last map[*trace.Hop]*trace.Handshake) []*trace.Finding {
	if !h.Session.Proxy || h.Mechanism != trace.NTLM || h.Frames.Authenticate == 0 {
		return nil
	}
	hop := h.Conn.Hop
	if h.Outcome == report.Accepted {
		delete(last, hop)
	}
	if !h.Refused() || h.Relation != nil || h.Frames.Challenge == 0 {
		return nil
	}
	first := last[hop]
	last[hop] = h
	if first == nil || first.Account() != h.Account() || h.AuthenticatedAt-first.AuthenticatedAt > loopTime {
		return nil
	}
	f := ix.NewFinding(report.Sure, h.Client(), h.Account(), first, h)
	f.Explains = []*trace.Handshake{h, first}
	f.Summary = fmt.Sprintf("%s from %s: the proxy %s asks for the logon again and again", h.Who(), h.Client(), ix.ServerText(h))
	f.Evidence = append(ix.ShowAll(first, ix.AnswersText(first)), ix.ShowAll(h, ix.AnswersText(h))...)
	return ix.One(f)
}
