package doublehop

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// PassThroughProxy is the rule pass-through-proxy: "One handshake, two
// connections".
var PassThroughProxy = &trace.Rule{
	Rule: report.Rule{
		ID: "pass-through-proxy", Title: "One handshake, two connections", Severity: report.Info,
		Evidence:   "The same challenge and the same response on two connections, one inside the other in time, and every request on the second was asked for on the first.",
		NotIf:      "A relay looks alike (ntlm-relay): there the flags or the MIC were changed, the protocol differs, or the second connection asks for what nobody asked for on the first.",
		Why:        "A reverse proxy or load balancer carries one logon over two connections and keeps them bound to each other. That is how it should be.",
		Fix:        "Nothing to do. It is printed so that you know why the token is seen twice.",
		References: []string{"RFC 4559 6"},
	},
	// It explains no failure, but a request that nobody asked for may come later,
	// and make a relay of it.
	Cause: true, Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.Proxied || r.IsRelay() {
				return nil
			}
			c := report.Sure
			if r.Passing != trace.AsProxy {
				c = report.Unsure
			}
			f := ix.NewFinding(c, r.X.Client(), r.X.Account(), r.X, h)
			if h.Outcome == report.Accepted {
				f.Explains = []*trace.Handshake{h}
			}
			f.Summary = fmt.Sprintf("%s from %s: one logon through %s to %s", r.X.Who(), r.X.Client(), r.X.Server(), h.Server())
			if c == report.Unsure {
				f.Summary += "; a proxy or a relay: the capture cannot tell"
			}
			f.Evidence = append(ix.ShowAll(r.X, ix.AnswersText(r.X)), ix.ShowAll(h, ": the same token, the same challenge")...)
			if len(r.Legit) > 0 {
				f.Detail += " What speaks for it: " + strings.Join(r.Legit, "; ") + "."
			}
			return ix.One(f)
		},
	},
}
