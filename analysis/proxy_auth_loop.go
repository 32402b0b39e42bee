package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

// loopTime is how close refused proxy logons are that make a loop: a person
// who types a password anew is slower.
const loopTime = 30e9

var proxyAuthLoop = &Rule{
	Rule: report.Rule{
		ID: "proxy-auth-loop", Title: "Proxy authentication loop", Severity: report.Medium,
		Evidence:   "Two or more complete handshakes with a proxy in a short time, each answered 407.",
		NotIf:      "Parallel connections of a browser that each log on once are normal. A wrong password that is typed again comes later.",
		Why:        "The proxy refuses the logon and asks again, and the client answers with the same account again.",
		Fix:        "Check the account at the proxy and its connection to the domain; check that nothing between client and proxy spreads one connection over several.",
		Log:        "Proxy log: TCP_DENIED/407 for one client again and again",
		References: []string{"RFC 9110 11.7", "RFC 9110 15.5.8", "MS-NTHT 2.2.4"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if !h.Proxy || h.mech != mechNTLM || h.Frames.Authenticate == 0 {
			return nil
		}
		hop := h.leg.hop
		if h.Outcome == report.Accepted {
			if hop != nil {
				hop.proxyRefused = nil
			}
		}
		if !h.refused() || h.relation != nil || h.Frames.Challenge == 0 {
			return nil
		}
		first := hop.proxyRefused
		hop.proxyRefused = h
		if first == nil || first.Account() != h.Account() || h.authenticated-first.authenticated > loopTime {
			return nil
		}
		f := ix.finding(report.Sure, h.client(), h.Account(), first, h)
		f.explains = []*handshakeState{h, first}
		f.Summary = fmt.Sprintf("%s from %s: the proxy %s asks for the logon again and again", h.who(), h.client(), ix.serverText(h))
		f.Evidence = append(ix.showAll(first, ix.answersText(first)), ix.showAll(h, ix.answersText(h))...)
		return ix.one(f)
	},
}
