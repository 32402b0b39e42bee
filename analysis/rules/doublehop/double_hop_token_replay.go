package doublehop

import (
	"fmt"

	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// TokenReplay is the rule double-hop-token-replay: "NTLM token replayed to
// another server".
var TokenReplay = &trace.Rule{
	Rule: report.Rule{
		ID: "double-hop-token-replay", Title: "NTLM token replayed to another server", Severity: report.High,
		Evidence:   "The same NTLM response on two connections to different servers. The second server issued no challenge, or another one, and refused.",
		NotIf:      "A copy of the same packets (SPAN port, NAT, load balancer) or a proxy that carries one logon over two connections: these have one challenge on both. A token that comes again to the same server is stale-token-resent.",
		Why:        tokenIsBound,
		Fix:        "Kerberos with constrained delegation, or Basic over TLS, or a service account for the second server.",
		Log:        "IIS log of the second server: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"KB183545", "MS-NLMP 3.3.2", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.Replayed {
				return nil
			}
			if !r.Foreign {
				return worthless(ix, h, r, fmt.Sprintf("%s from %s: the NTLM token issued for %s was sent to %s, which %s",
					r.X.Who(), h.Client(), ix.ServerText(r.X), ix.ServerText(h), trace.Verb(h)))
			}
			found := worthless(ix, h, r, fmt.Sprintf("%s: the NTLM token that %s sent to %s was then sent to %s from another address, %s; the server %s",
				r.X.Who(), r.X.Client(), ix.ServerText(r.X), ix.ServerText(h), h.Client(), trace.Verb(h)))
			for _, f := range found {
				f.Confidence = min(f.Confidence, report.Likely)
				f.Fix = fmt.Sprintf("Find out how %s got the token: somebody may have taken it from the traffic. If %s is a front end of %s with an address of its own, do not copy Authorization: use Kerberos delegation or a service account.",
					h.Client(), h.Client(), ix.ServerText(r.X))
			}
			return found
		},
	},
}

const tokenIsBound = "An NTLM token answers one server's challenge on one connection; a second server cannot accept it (KB183545)."

// worthless makes the finding about a token that x carried to one server and h
// to another, if that one did not accept it.
func worthless(ix *trace.Index, h *trace.Handshake, r *trace.Relation, summary string) []*trace.Finding {
	x := r.X
	if h.Answer == auth.Accepted || h.Frames.Result == 0 {
		return nil // a server that does not authenticate ignores the field, and this may be one
	}
	c := report.Sure.Lower(h.Outcome != report.Denied, x.Frames.Challenge == 0 && h.MadeFor() == "", h.Frames.Result == 0)
	f := ix.NewFinding(c, x.Client(), x.Account(), x, h)
	f.Summary = summary
	f.Explains = []*trace.Handshake{h}
	f.Evidence = append(ix.ShowAll(x, ix.AnswersText(x)), ix.ShowAll(h, ix.OwnChallenge(h))...)
	if madeForOther(x, h) {
		f.Detail = fmt.Sprintf(" The token says itself that it was made for %s.", h.MadeFor())
	}
	f.Fix = fmt.Sprintf("Kerberos with constrained delegation from %s to HTTP/%s, or Basic over TLS, or a service account for the second hop.", ix.ServerText(x), ix.ServerText(h))
	return ix.One(f)
}

// madeForOther reports whether the token of h names the server of x, and not
// another name that the server of h gave itself.
func madeForOther(x, h *trace.Handshake) bool {
	return h.MadeFor() != "" && machine.NetBIOS(h.MadeFor()) == machine.NetBIOS(x.ServerName()) && machine.NetBIOS(h.MadeFor()) != machine.NetBIOS(h.ServerName())
}
