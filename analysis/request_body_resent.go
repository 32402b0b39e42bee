package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

// resentSize is how long a body must be to be worth a word.
const resentSize = 64 << 10

var requestBodyResent = &Rule{
	Rule: report.Rule{
		ID: "request-body-resent", Title: "Request body lost or sent twice", Severity: report.Low,
		Evidence:   "A long body went out with the NEGOTIATE and again with the AUTHENTICATE; or a POST with Content-Length: 0 and a NEGOTIATE was answered without a CHALLENGE, so that its body never went out.",
		NotIf:      "An empty POST with a NEGOTIATE that gets its CHALLENGE is normal: the browser waits with the body.",
		Why:        "The first answer of a handshake discards the body. Who sends it with the NEGOTIATE sends it in vain; who holds it back loses it if no CHALLENGE comes.",
		Fix:        "Let the client use Expect: 100-continue or log on with a small request first; keep the connection authenticated.",
		References: []string{"RFC 9110 10.1.1"},
	},
	Fold: byClientServers,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		var text string
		switch {
		case h.negotiateSize >= resentSize && h.size >= resentSize && h.Frames.Authenticate != 0 && h.Frames.Negotiate != 0 && !h.expects:
			text = fmt.Sprintf("a body of %.1f MB was sent twice for one logon, %s apart", float64(h.size)/1e6, seconds(h.step().Challenge+h.step().Authenticate))
		case h.emptyPost && h.Frames.Challenge == 0 && h.Frames.Authenticate == 0 && h.Status != 401 && h.Status != 407 && h.Frames.Result != 0:
			text = fmt.Sprintf("an empty POST that waited for a challenge was answered %s: its body was never sent", statusText(int(h.Status)))
		default:
			return nil
		}
		f := ix.finding(report.Sure, h.client(), h.Account(), h)
		f.Summary = fmt.Sprintf("%s to %s: %s", h.client(), ix.serverText(h), text)
		f.Evidence = []report.Evidence{ix.show(h, max(h.Frames.Negotiate, 1), true, "%s with the NEGOTIATE", h.target())}
		if h.Frames.Authenticate != 0 {
			f.Evidence = append(f.Evidence, ix.showCredentials(h, ", with the body again"))
		}
		if e, ok := ix.showResult(h); ok {
			f.Evidence = append(f.Evidence, e)
		}
		return ix.one(f)
	},
}
