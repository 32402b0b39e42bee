package kerberos

import (
	"fmt"
	"net/netip"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// NegotiateNotOffered is the rule negotiate-not-offered: "Server offers only
// NTLM or Basic".
var NegotiateNotOffered = &trace.Rule{
	Rule: report.Rule{
		ID: "negotiate-not-offered", Title: "Server offers only NTLM or Basic", Severity: report.Low,
		Evidence:   "A 401 that offers NTLM or Basic and not Negotiate.",
		NotIf:      "A server that is meant to have Basic only, over TLS.",
		Why:        "Without Negotiate no client can use Kerberos, so no second hop on behalf of the user is possible by design, other than with Basic.",
		Fix:        "Add the Negotiate provider, before NTLM (IIS: Windows Authentication, Providers; SharePoint: Negotiate (Kerberos) for the zone of the web application; Exchange: Set-...VirtualDirectory -ExternalAuthenticationMethods Negotiate).",
		References: []string{"RFC 4559 4.1"},
	},
	Fold: trace.ByServer,
	Questions: trace.Questions{
		OnExchange: func(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
			r := &x.Auth.Response
			if !x.ServerAsks() || !trace.OffersScheme(x, "NTLM", "Basic") || trace.OffersScheme(x, "Negotiate", "Kerberos") {
				return nil
			}
			if len(x.Auth.Request.Credentials) > 0 {
				return nil
			}
			for i := range r.Challenges {
				if c := &r.Challenges[i]; !c.Session.Proxy && c.Token != nil {
					return nil // the middle of a handshake repeats only its own scheme
				}
			}
			f := ix.NewFinding(report.Sure, netip.Addr{}, "")
			ix.AddServer(f, x.Conn.ServerAddr())
			f.Exchange, f.Write = x, writeNotOffered
			return ix.One(f)
		},
	},
}

func writeNotOffered(ix *trace.Index, f *trace.Finding) {
	x := f.Exchange
	conn, r := x.Conn, &x.Auth.Response
	s, _ := x.Asked()
	offered := trace.OfferTo(r, s)
	f.Summary = fmt.Sprintf("%s offers %s and not Negotiate: no Kerberos, no delegation", conn.ServerAddr(), offered)
	if !trace.OffersScheme(x, "NTLM") {
		f.Fix = "If users are to log on with Kerberos, add the Negotiate provider (IIS: Windows Authentication; Apache: mod_auth_gssapi). A server that is meant to have " + offered + " only needs nothing but TLS."
	}
	f.Evidence = []report.Evidence{ix.ShowConn(conn, r.Stamp.Frame, false, "%s, offers %s", x.Auth.Result.Text, offered)}
	f.Filter = ix.StreamFilter(conn.ClientAddr(), conn.ServerAddr())
}
