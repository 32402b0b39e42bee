package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

// viaPatience is how long a client has to take an offer that came through a
// proxy, in capture time.
const viaPatience = 2e9

var proxyWithoutSessionAuth = &Rule{
	Rule: report.Rule{
		ID: "proxy-without-session-auth", Title: "A proxy that cannot carry connection authentication", Severity: report.Medium,
		Evidence:   "Requests that name a proxy (Via) are answered 401 with NTLM or Negotiate, nobody says Proxy-Support: Session-Based-Authentication, and no client begins a handshake.",
		NotIf:      "A probe through a proxy.",
		Why:        "NTLM and Negotiate authenticate a connection. Through a proxy that does not keep a connection for each client, clients must not use them, and they do not.",
		Fix:        "Let the proxy keep one connection for each client and say so (Proxy-Support), tunnel with CONNECT, or go past the proxy.",
		References: []string{"RFC 4559 6"},
	},
	Fold: byClientServers,
	OnEnd: func(ix *Index) []*Finding {
		return ix.eachHop(func(p *hopState) *Finding {
			if p.offered == nil || p.viaOffers == 0 || p.presented || p.handshakes > 0 || ix.now-p.lastOffer < viaPatience {
				return nil
			}
			l := p.offer.leg
			f := ix.finding(report.Likely, p.client.addr(), "")
			ix.addServer(f, p.serverAddr())
			f.Summary = fmt.Sprintf("%s: requests through a proxy get an offer of %s from %s, and nobody takes it", p.client.addr(), p.offer.schemes, p.serverAddr())
			f.Evidence = []report.Evidence{ix.showConn(l, p.offer.request, true, "a request through a proxy (Via)"), ix.showConn(l, p.offer.frame, false, "%s, offers %s, no Proxy-Support", statusText(p.offer.status), p.offer.schemes)}
			f.Filter = ix.streamFilter(l.clientAddr(), l.serverAddr())
			return f
		})
	},
}
