package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// offerTime is how long a client has to take an offer in a capture that
// goes on, nanoseconds.
const offerTime = 60e9

// OfferNotTaken is the rule offer-not-taken: "The client never takes the
// offer".
var OfferNotTaken = &trace.Rule{
	Rule: report.Rule{
		ID: "offer-not-taken", Title: "The client never takes the offer", Severity: report.Info,
		Evidence:   "A server offers Negotiate, NTLM or Basic three times or more, and the client sends no credentials on any connection.",
		NotIf:      "Probes and health checks; the first request of a healthy logon.",
		Why:        "The browser's zone or policy forbids it to log on by itself, it has no credentials at hand, or the program knows none of the schemes.",
		Fix:        "Put the site into the intranet zone (or AuthServerAllowlist), or give the program credentials.",
		References: []string{"RFC 9110 11.6.1"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnEnd: func(ix *trace.Index) []*trace.Finding {
			return ix.EachHop(func(p *trace.Hop) *trace.Finding {
				if ix.Reviewing && p.Offers != nil && ix.Now-p.LastOffer < offerTime {
					return nil // it may still take it
				}
				if p.Offers == nil || p.OfferCount < 3 || ix.NamedHop(p, "double-hop-no-credentials") || p.Presented || p.Handshakes > 0 || p.ViaCount > 0 {
					return nil
				}
				c := p.FirstOffer.Conn
				f := ix.NewFinding(report.Likely, p.Client.Addr(), "")
				ix.AddServer(f, p.ServerAddr())
				f.Summary = fmt.Sprintf("%s: %s offers %s, asked %d times, and the client sends no credentials", p.Client.Addr(), p.ServerAddr(), p.FirstOffer.Schemes, p.OfferCount)
				if c := p.FirstOffer.Conn; p.FirstOffer.Proxy {
					f.Summary = fmt.Sprintf("%s: the proxy %s offers %s, asked %d times, and the client sends no credentials", c.Client.Addr(), p.ServerAddr(), p.FirstOffer.Schemes, p.OfferCount)
					f.Fix = "Give the program credentials for the proxy, or a proxy account; a program that knows nothing of proxy authentication needs a way past it. " +
						"A proxy between them that does not keep a connection for each client must say so: Proxy-Support: Session-Based-Authentication tells that it does."
				}
				f.Evidence = []report.Evidence{ix.ShowConn(c, p.FirstOffer.Frame, false, "%s, offers %s", p.FirstOffer.Text, p.FirstOffer.Schemes)}
				f.Filter = ix.StreamFilter(c.ClientAddr(), c.ServerAddr())
				return f
			})
		},
	},
}
