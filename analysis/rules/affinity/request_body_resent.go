package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// resentSize is how long a body must be to be worth a word.
const resentSize = 64 << 10

// RequestBodyResent is the rule request-body-resent: "Request body lost or sent
// twice".
var RequestBodyResent = &trace.Rule{
	Rule: report.Rule{
		ID: "request-body-resent", Title: "Request body lost or sent twice", Severity: report.Low,
		Evidence:   "A long body went out with the NEGOTIATE and again with the AUTHENTICATE; or a POST with Content-Length: 0 and a NEGOTIATE was answered without a CHALLENGE, so that its body never went out.",
		NotIf:      "An empty POST with a NEGOTIATE that gets its CHALLENGE is normal: the browser waits with the body.",
		Why:        "The first answer of a handshake discards the body. Who sends it with the NEGOTIATE sends it in vain; who holds it back loses it if no CHALLENGE comes.",
		Fix:        "Let the client use Expect: 100-continue or log on with a small request first; keep the connection authenticated.",
		References: []string{"RFC 9110 10.1.1"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			var text string
			switch {
			case h.NegotiateBodySize >= resentSize && h.BodySize >= resentSize && h.Frames.Authenticate != 0 && h.Frames.Negotiate != 0 && !h.Expects:
				text = fmt.Sprintf("a body of %.1f MB was sent twice for one logon, %s apart", float64(h.BodySize)/1e6, trace.Seconds(h.Step().Challenge+h.Step().Authenticate))
			case h.EmptyPost && h.Frames.Challenge == 0 && h.Frames.Authenticate == 0 && h.Answer != auth.Denied && h.Answer != auth.More && h.Frames.Result != 0:
				text = fmt.Sprintf("an empty POST that waited for a challenge was answered %s: its body was never sent", h.ResultText)
			default:
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Summary = fmt.Sprintf("%s to %s: %s", h.Client(), ix.ServerText(h), text)
			f.Evidence = []report.Evidence{ix.Show(h, max(h.Frames.Negotiate, 1), true, "%s with the NEGOTIATE", h.Target())}
			if h.Frames.Authenticate != 0 {
				f.Evidence = append(f.Evidence, ix.ShowCredentials(h, ", with the body again"))
			}
			if e, ok := ix.ShowResult(h); ok {
				f.Evidence = append(f.Evidence, e)
			}
			return ix.One(f)
		},
	},
}
