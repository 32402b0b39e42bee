package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var doubleHopAnonymous = &Rule{
	Rule: report.Rule{
		ID: "double-hop-anonymous", Title: "Second hop as anonymous", Severity: report.High,
		Evidence:   "While a front end served a request of a known user, it logged on to a back end with an AUTHENTICATE that has no user name and no response.",
		NotIf:      "A local call: there the challenge carries flag 0x00004000. A deliberate null session, or monitoring.",
		Why:        "The front end impersonates a user whose credentials it does not have: what Windows sends for him then is the anonymous logon. An NTLM logon cannot be passed on.",
		Fix:        "Constrained delegation (or protocol transition) for the front end's account to the back end, or fixed credentials for the second hop.",
		Log:        "Security log of the back end: event 4624 or 4625, ANONYMOUS LOGON, S-1-5-7",
		References: []string{"MS-NLMP 3.3.2", "MS-NLMP 3.2.5.1.2", "KB183545"},
	},
	Cause: true, Fold: byClientServersUser,
	OnNested: func(ix *Index, o *Outer) []*Finding {
		var out []*Finding
		for _, n := range ix.nests(o) {
			for _, v := range n.visits {
				for _, h := range v.hs {
					if f := anonymousHop(ix, o, &n, h); f != nil {
						out = append(out, f)
					}
				}
			}
		}
		return out
	},
}

func anonymousHop(ix *Index, o *Outer, n *nest, h *handshakeState) *Finding {
	if !h.Anonymous || h.Frames.Authenticate == 0 || h.told || h.Outcome == report.Accepted && !o.failed {
		return nil
	}
	h.told = true
	f := ix.nestedFinding(report.Sure.Lower(h.Outcome == report.Accepted), o, n, h)
	f.explains = []*handshakeState{h}
	f.Summary = fmt.Sprintf("%s from %s: the front end %s logged on to %s as anonymous, which %s",
		n.candidates(o), o.user.client(), ix.serverText(o.user), ix.serverText(h), outcomeText(h))
	f.Evidence = append(f.Evidence, ix.showAll(h, ix.answersText(h))...)
	ix.addAnswer(f, o)
	return f
}
