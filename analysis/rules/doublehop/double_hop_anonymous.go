package doublehop

import (
	"fmt"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// Anonymous is the rule double-hop-anonymous: "Second hop as anonymous".
var Anonymous = &trace.Rule{
	Rule: report.Rule{
		ID: "double-hop-anonymous", Title: "Second hop as anonymous", Severity: report.High,
		Evidence:   "While a front end served a request of a known user, it logged on to a back end with an AUTHENTICATE that has no user name and no response.",
		NotIf:      "A local call: there the challenge carries flag 0x00004000. A deliberate null session, or monitoring.",
		Why:        "The front end impersonates a user whose credentials it does not have: what Windows sends for him then is the anonymous logon. An NTLM logon cannot be passed on.",
		Fix:        "Constrained delegation (or protocol transition) for the front end's account to the back end, or fixed credentials for the second hop.",
		Log:        "Security log of the back end: event 4624 or 4625, ANONYMOUS LOGON, S-1-5-7",
		References: []string{"MS-NLMP 3.3.2", "MS-NLMP 3.2.5.1.2", "KB183545"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnNested: func(ix *trace.Index, front *trace.FrontRequest) []*trace.Finding {
			var out []*trace.Finding
			for _, n := range ix.Nests(front) {
				for _, h := range n.Handshakes() {
					if f := anonymousHop(ix, front, &n, h); f != nil {
						out = append(out, f)
					}
				}
			}
			return out
		},
	},
}

func anonymousHop(ix *trace.Index, front *trace.FrontRequest, n *trace.Nest, h *trace.Handshake) *trace.Finding {
	if !h.Anonymous || h.Frames.Authenticate == 0 || ix.Named(h, otherIdentity...) || h.Outcome == report.Accepted && !front.Own.Denied() || h.Refused() && succeeded(n, h) {
		return nil
	}
	f := ix.NestedFinding(report.Sure.Lower(h.Outcome == report.Accepted), front, n, h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: the front end %s logged on to %s as anonymous, which %s",
		n.Candidates(front), front.User.Client(), ix.ServerText(front.User), ix.ServerText(h), trace.OutcomeText(h))
	f.Evidence = append(f.Evidence, ix.ShowAll(h, ix.AnswersText(h))...)
	ix.AddAnswer(f, front)
	if front.User.Mechanism == trace.Kerberos {
		f.Detail = " The user came with a Kerberos ticket that was not delegated: the ticket cannot be forwarded, or the front end's account may not delegate to this back end."
		f.Fix = "Let the front end's account delegate to the SPN of the back end (constrained delegation; setspn -Q HTTP/backend shows whether there is one), and see that the user is not \"sensitive and cannot be delegated\" or in Protected Users. " +
			"With unconstrained delegation the client has to send a forwardable ticket: curl --delegation always, Chrome AuthNegotiateDelegateAllowlist, Firefox network.negotiate-auth.delegation-uris. On the front end impersonation needs the level Delegate."
	}
	return f
}

// succeeded reports whether the request that h was refused for got an answer
// after all: with another logon.
func succeeded(n *trace.Nest, h *trace.Handshake) bool {
	var refused *trace.Exchange
	for _, x := range n.Exchanges {
		switch {
		case slices.Contains(x.Handshakes, h):
			refused = x
		case refused != nil && requestOf(x) == requestOf(refused) && !x.Failed():
			return true
		}
	}
	return false
}
