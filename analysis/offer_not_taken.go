package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

// offerPatience is how long a client has to take an offer in a capture that
// goes on, nanoseconds.
const offerPatience = 60e9

var offerNotTaken = &Rule{
	Rule: report.Rule{
		ID: "offer-not-taken", Title: "The client never takes the offer", Severity: report.Info,
		Evidence:   "A server offers Negotiate, NTLM or Basic three times or more, and the client sends no credentials on any connection.",
		NotIf:      "Probes and health checks; the first request of a healthy logon.",
		Why:        "The browser's zone or policy forbids it to log on by itself, it has no credentials at hand, or the program knows none of the schemes.",
		Fix:        "Put the site into the intranet zone (or AuthServerAllowlist), or give the program credentials.",
		References: []string{"RFC 9110 11.6.1"},
	},
	Fold: byClientServers,
	OnEnd: func(ix *Index) []*Finding {
		return ix.eachHop(func(p *hopState) *Finding {
			if ix.reviewing && p.offered != nil && ix.now-p.lastOffer < offerPatience {
				return nil // it may still take it
			}
			if p.offered == nil || p.offers < 3 || p.explained || p.presented || p.handshakes > 0 || p.viaOffers > 0 {
				return nil
			}
			l := p.offer.leg
			f := ix.finding(report.Likely, p.client.addr(), "")
			ix.addServer(f, p.serverAddr())
			f.Summary = fmt.Sprintf("%s: %s offers %s, asked %d times, and the client sends no credentials", p.client.addr(), p.serverAddr(), p.offer.schemes, p.offers)
			f.Evidence = []report.Evidence{ix.showConn(l, p.offer.frame, false, "%s, offers %s", statusText(p.offer.status), p.offer.schemes)}
			f.Filter = ix.streamFilter(l.clientAddr(), l.serverAddr())
			return f
		})
	},
}
