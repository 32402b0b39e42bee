package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// resentSize is how long a body must be to be worth a word.
const resentSize = 64 << 10

// RequestBodyResent is the rule request-body-resent: "Request body sent twice".
var RequestBodyResent = &trace.Rule{
	Rule: report.Rule{
		ID: "request-body-resent", Title: "Request body sent twice", Severity: report.Low,
		Evidence:   "A long body went out with the NEGOTIATE and again with the AUTHENTICATE.",
		NotIf:      "An empty POST with a NEGOTIATE is normal: the browser waits with the body (see negotiate-unanswered if no CHALLENGE comes). Expect: 100-continue holds it back as well.",
		Why:        "The first answer of a handshake discards the body. Who sends it with the NEGOTIATE sends it in vain.",
		Fix:        "Let the client use Expect: 100-continue or log on with a small request first; keep the connection authenticated.",
		References: []string{"RFC 9110 10.1.1"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if !(h.NegotiateBodySize >= resentSize && h.BodySize >= resentSize && h.Frames.Authenticate != 0 && h.Frames.Negotiate != 0 && !h.Expects) {
				return nil
			}
			text := fmt.Sprintf("a body of %.1f MB was sent twice for one logon, %s apart", float64(h.BodySize)/1e6, trace.Seconds(h.Step().Challenge+h.Step().Authenticate))
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Summary = fmt.Sprintf("%s to %s: %s", h.Client(), ix.ServerText(h), text)
			f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Negotiate, true, "%s with the NEGOTIATE", h.Target())}
			f.Evidence = append(f.Evidence, ix.ShowCredentials(h, ", with the body again"))
			if e, ok := ix.ShowResult(h); ok {
				f.Evidence = append(f.Evidence, e)
			}
			return ix.One(f)
		},
	},
}
