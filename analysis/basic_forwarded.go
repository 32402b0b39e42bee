package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var basicForwarded = &Rule{
	Rule: report.Rule{
		ID: "basic-forwarded", Title: "Basic credentials forwarded, and accepted", Severity: report.Info,
		Evidence:   "The same user name and password on two connections, accepted on both; the client of the second is the server of the first.",
		NotIf:      "A person who logs on to both servers: then both connections have one client.",
		Why:        "Basic credentials are a user name and a password, so a front end can use them at a second server. This is why the second hop works with Basic and fails with NTLM (KB183545).",
		Fix:        "It works as it is. Protect both connections with TLS, or use Kerberos delegation so that no password travels.",
		References: []string{"KB183545", "RFC 7617 2", "RFC 7617 4"},
	},
	Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.mech != mechBasic {
			return nil
		}
		var out []*Finding
		others := ix.basicsLike(h)
		for other := others.next(); other != nil; other = others.next() {
			x, y := other, h
			if y.authenticated < x.authenticated || y.authenticated == x.authenticated && y.id < x.id {
				x, y = y, x
			}
			// Asked once for each pair: when the later of the two verdicts is due.
			if !other.asked || x.Outcome != report.Accepted || y.Outcome != report.Accepted || x.leg == y.leg ||
				!ix.machines.same(y.client(), x.server().Addr()) || ix.machines.sameServer(x.server().Addr(), y.server().Addr()) {
				continue
			}
			if x.resulted != 0 && y.authenticated > x.resulted {
				continue // not while it served x
			}
			f := ix.finding(report.Sure, x.client(), x.Account(), x, y)
			f.Summary = fmt.Sprintf("%s from %s: %s passed the Basic credentials on to %s, which accepted them",
				x.who(), x.client(), ix.serverText(x), ix.serverText(y))
			f.Evidence = append(ix.showAll(x, ""), ix.showAll(y, ": the same user name and password")...)
			out = append(out, f)
		}
		return out
	},
}
