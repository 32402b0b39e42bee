package abuse

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// NTLMRelay is the rule ntlm-relay: "NTLM relay".
var NTLMRelay = &trace.Rule{
	Rule: report.Rule{
		ID: "ntlm-relay", Title: "NTLM relay", Severity: report.High,
		Evidence:   "The same challenge and the same response on two connections, one inside the other in time, and what no proxy does: the protocol differs, the flags or the MIC were changed, or the second connection asks for what nobody asked for on the first.",
		NotIf:      "A reverse proxy that passes a logon on (pass-through-proxy): there each request on the second connection was asked for on the first, whatever became of the answers. A proxy that is asked on connections that cannot be read too (TLS, HTTP/2): while it has one, what nobody is seen to ask for proves nothing.",
		Why:        "A machine in the middle carried the server's challenge to a client and the client's answer to the server: it is now logged on as that client.",
		Fix:        "Find the machine in the middle, and what the account did since. Require SMB and LDAP signing and Extended Protection (EPA) at the server, and block coercion and name-resolution spoofing.",
		Log:        "Security log of the second server: event 4624 type 3 of the user, from the address of the machine in the middle",
		References: []string{"MS-NLMP 5.1", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if z, attack := ix.BrokenOff(h); z != nil {
				return brokenOff(ix, h, z, attack)
			}
			r := h.Relation
			if r == nil || r.Kind != trace.Proxied || !r.IsRelay() {
				return nil
			}
			c := report.Sure
			if r.Passing == trace.MayBeRelay {
				c = report.Likely
			}
			return relayed(ix, r.X, h, c, r.Unasked, r.Attack)
		},
		OnUnasked: func(ix *trace.Index, b *trace.Behind) []*trace.Finding {
			what := fmt.Sprintf("the second connection asks for %s, which nobody asked for on the first", b.Unasked.Text)
			found := relayed(ix, b.X, b.Y, report.Sure, b.Unasked, []string{what})
			found[0].Again = b.Relayed
			return found
		},
	},
}

// relayed reports that the logon of x went on to the server of y.
func relayed(ix *trace.Index, x, y *trace.Handshake, c report.Confidence, u *trace.Unasked, attack []string) []*trace.Finding {
	f := ix.NewFinding(c, x.Client(), x.Account(), x, y)
	if y.Outcome != report.Accepted {
		f.Level(report.Medium)
	}
	f.Explains = append([]*trace.Handshake{y, x}, ix.InFront(x)...)
	f.Summary = fmt.Sprintf("%s from %s: the logon to %s was relayed from %s to %s, which %s it", x.Who(), x.Client(), x.Server(), y.Client(), ix.ServerText(y), acceptedOr(y))
	f.Evidence = append(ix.ShowAll(x, ix.AnswersText(x)), ix.ShowAll(y, ": the same token, the same challenge")...)
	if u != nil {
		f.Evidence = append(f.Evidence, u.Evidence...)
	}
	f.Detail += " What speaks for it: " + strings.Join(attack, "; ") + "."
	return ix.One(f)
}

// brokenOff reports that the challenge of z went on to the client of h, changed,
// and that this client did not answer.
func brokenOff(ix *trace.Index, h, z *trace.Handshake, attack []string) []*trace.Finding {
	f := ix.NewFinding(report.Likely, h.Client(), "", h, z)
	f.Level(report.Medium)
	f.Explains = []*trace.Handshake{h, z}
	f.Summary = fmt.Sprintf("%s: the logon to %s was to be relayed from %s to %s; the client did not answer the challenge", h.Client(), h.Server(), z.Client(), ix.ServerText(z))
	f.Evidence = []report.Evidence{ix.ShowChallenge(z), ix.ShowChallenge(h)}
	f.Why = "A machine in the middle carried the server's challenge to a client, and would have been logged on as that client by its answer."
	f.Detail = " What speaks for it: " + strings.Join(attack, "; ") + "."
	return ix.One(f)
}

func acceptedOr(h *trace.Handshake) string {
	if h.Outcome == report.Accepted {
		return "accepted"
	}
	return "did not accept"
}
