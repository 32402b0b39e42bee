package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// viaTime is how long a client has to take an offer that came through a
// proxy, in capture time.
const viaTime = 2e9

// ProxyWithoutSessionAuth is the rule proxy-without-session-auth: "A proxy that
// cannot carry connection authentication".
var ProxyWithoutSessionAuth = &trace.Rule{
	Rule: report.Rule{
		ID: "proxy-without-session-auth", Title: "A proxy that cannot carry connection authentication", Severity: report.Medium,
		Evidence:   "Requests that name a proxy (Via) are answered 401 with NTLM or Negotiate, nobody says Proxy-Support: Session-Based-Authentication, and no client begins a handshake.",
		NotIf:      "A probe through a proxy.",
		Why:        "NTLM and Negotiate authenticate a connection. Through a proxy that does not keep a connection for each client, clients must not use them, and they do not.",
		Fix:        "Let the proxy keep one connection for each client and say so (Proxy-Support), tunnel with CONNECT, or go past the proxy.",
		References: []string{"RFC 4559 6"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnEnd: func(ix *trace.Index) []*trace.Finding {
			return ix.EachHop(func(p *trace.Hop) *trace.Finding {
				if p.Offers == nil || p.ViaCount == 0 || p.Presented || p.Handshakes > 0 || ix.Now-p.LastOffer < viaTime {
					return nil
				}
				c := p.FirstOffer.Conn
				f := ix.NewFinding(report.Likely, p.Client.Addr(), "")
				ix.AddServer(f, p.ServerAddr())
				f.Summary = fmt.Sprintf("%s: requests through a proxy get an offer of %s from %s, and nobody takes it", p.Client.Addr(), p.FirstOffer.Schemes, p.ServerAddr())
				f.Evidence = []report.Evidence{ix.ShowConn(c, p.FirstOffer.Request, true, "a request through a proxy (Via)"), ix.ShowConn(c, p.FirstOffer.Frame, false, "%s, offers %s, no Proxy-Support", p.FirstOffer.Text, p.FirstOffer.Schemes)}
				f.Filter = ix.StreamFilter(c.ClientAddr(), c.ServerAddr())
				return f
			})
		},
	},
}
