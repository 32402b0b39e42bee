package doublehop

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// BasicForwarded is the rule basic-forwarded: "Basic credentials forwarded, and
// accepted".
var BasicForwarded = &trace.Rule{
	Rule: report.Rule{
		ID: "basic-forwarded", Title: "Basic credentials forwarded, and accepted", Severity: report.Info,
		Evidence:   "The same user name and password on two connections, accepted on both; the client of the second is the server of the first.",
		NotIf:      "A person who logs on to both servers: then both connections have one client.",
		Why:        "Basic credentials are a user name and a password, so a front end can use them at a second server. This is why the second hop works with Basic and fails with NTLM (KB183545).",
		Fix:        "It works as it is. Protect both connections with TLS, or use Kerberos delegation so that no password travels.",
		References: []string{"KB183545", "RFC 7617 2", "RFC 7617 4"},
	},
	Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.Basic {
				return nil
			}
			var out []*trace.Finding
			others := ix.BasicsLike(h)
			for other := others.Next(); other != nil; other = others.Next() {
				x, y := other, h
				if y.AuthenticatedAt < x.AuthenticatedAt || y.AuthenticatedAt == x.AuthenticatedAt && y.ID < x.ID {
					x, y = y, x
				}
				// Asked once for each pair: about the later of the two.
				if other.Phase < trace.Judged || x.Outcome != report.Accepted || y.Outcome != report.Accepted || x.Conn == y.Conn ||
					!ix.Machines.Same(y.Client(), x.Server().Addr()) || ix.Machines.SameServer(x.Server().Addr(), y.Server().Addr()) {
					continue
				}
				if x.ResultAt != 0 && y.AuthenticatedAt > x.ResultAt {
					continue // not while it served x
				}
				f := ix.NewFinding(report.Sure, x.Client(), x.Account(), x, y)
				f.Summary = fmt.Sprintf("%s from %s: %s passed the Basic credentials on to %s, which accepted them",
					x.Who(), x.Client(), ix.ServerText(x), ix.ServerText(y))
				f.Evidence = append(ix.ShowAll(x, ""), ix.ShowAll(y, ": the same user name and password")...)
				out = append(out, f)
			}
			return out
		},
	},
}
