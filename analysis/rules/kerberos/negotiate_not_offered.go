package kerberos

import (
	"fmt"
	"net/netip"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

var NegotiateNotOffered = &trace.Rule{
	Rule: report.Rule{
		ID: "negotiate-not-offered", Title: "Server offers only NTLM or Basic", Severity: report.Low,
		Evidence:   "A 401 that offers NTLM or Basic and not Negotiate.",
		NotIf:      "A server that is meant to have Basic only, over TLS.",
		Why:        "Without Negotiate no client can use Kerberos, so no second hop on behalf of the user is possible by design, other than with Basic.",
		Fix:        "Add the Negotiate provider, before NTLM.",
		References: []string{"RFC 4559 4.1"},
	},
	Fold: trace.ByServer,
	Questions: trace.Questions{
		OnExchange: func(ix *trace.Index, v *trace.Exchange) []*trace.Finding {
			r := &v.Auth.Response
			if !v.ServerAsks() || !trace.OffersScheme(v, "NTLM", "Basic") || trace.OffersScheme(v, "Negotiate", "Kerberos") {
				return nil
			}
			if len(v.Auth.Request.Credentials) > 0 {
				return nil
			}
			for i := range r.Challenges {
				if c := &r.Challenges[i]; !c.Session.Proxy && c.Token != nil {
					return nil // the middle of a handshake repeats only its own scheme
				}
			}
			f := ix.NewFinding(report.Sure, netip.Addr{}, "")
			ix.AddServer(f, v.Conn.ServerAddr())
			f.Exchange, f.Write = v, tellNotOffered
			return ix.One(f)
		},
	},
}

func tellNotOffered(ix *trace.Index, f *trace.Finding) {
	v, scheme := f.Exchange, ""
	for _, c := range v.Auth.Response.Challenges {
		if !c.Session.Proxy {
			scheme = c.Scheme
			break
		}
	}
	l, r := v.Conn, &v.Auth.Response
	f.Summary = fmt.Sprintf("%s offers %s and not Negotiate: no Kerberos, no delegation", l.ServerAddr(), scheme)
	f.Evidence = []report.Evidence{ix.ShowConn(l, r.Stamp.Frame, false, "%s, offers %s", v.Auth.Result.Text, trace.OfferText(v))}
	f.Filter = ix.StreamFilter(l.ClientAddr(), l.ServerAddr())
}
