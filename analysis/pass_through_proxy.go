package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"strings"
)

var passThroughProxy = &Rule{
	Rule: report.Rule{
		ID: "pass-through-proxy", Title: "One handshake, two connections", Severity: report.Info,
		Evidence:   "The same challenge and the same response on two connections, one inside the other in time, and the same answer on both.",
		NotIf:      "A relay looks alike (ntlm-relay): there the answers differ, the flags or the MIC were changed, or the client asked for another site.",
		Why:        "A reverse proxy or load balancer carries one logon over two connections and keeps them bound to each other. That is how it should be.",
		Fix:        "Nothing to do. It is printed so that you know why the token is seen twice.",
		References: []string{"RFC 4559 6"},
	},
	Fold: byClientServers,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		r := h.relation
		if r == nil || r.kind != proxied || isRelay(r) {
			return nil
		}
		c := report.Sure
		if len(r.attack) > 0 || !r.equal {
			c = report.Unsure
		}
		f := ix.finding(c, r.x.client(), r.x.Account(), r.x, h)
		f.Summary = fmt.Sprintf("%s from %s: one logon through %s to %s", r.x.who(), r.x.client(), r.x.server(), h.server())
		if c == report.Unsure {
			f.Summary += "; a proxy or a relay: the capture cannot tell"
		}
		f.Evidence = append(ix.showAll(r.x, ix.answersText(r.x)), ix.showAll(h, ": the same token, the same challenge")...)
		if len(r.legit) > 0 {
			f.detail += " What speaks for it: " + strings.Join(r.legit, "; ") + "."
		}
		return ix.one(f)
	},
}

// isRelay decides between an honest proxy and a relay: two marks, or one where
// the two clients got different answers.
func isRelay(r *relation) bool {
	return len(r.attack) >= 2 || len(r.attack) == 1 && !r.equal
}
