package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var negotiateNotOffered = &Rule{
	Rule: report.Rule{
		ID: "negotiate-not-offered", Title: "Server offers only NTLM or Basic", Severity: report.Low,
		Evidence:   "A 401 that offers NTLM or Basic and not Negotiate.",
		NotIf:      "A server that is meant to have Basic only, over TLS.",
		Why:        "Without Negotiate no client can use Kerberos, so no second hop on behalf of the user is possible by design, other than with Basic.",
		Fix:        "Add the Negotiate provider, before NTLM.",
		References: []string{"RFC 4559 4.1"},
	},
	Fold: byServer,
	OnExchange: func(ix *Index, v *Visit) []*Finding {
		r := &v.x.Response
		if r.Status != 401 || !offers(v, "NTLM", "Basic") || offers(v, "Negotiate", "Kerberos") {
			return nil
		}
		if len(v.x.Request.Credentials) > 0 {
			return nil
		}
		for i := range r.Challenges {
			if c := &r.Challenges[i]; !c.Proxy && c.Token != nil {
				return nil // the middle of a handshake repeats only its own scheme
			}
		}
		f := ix.finding(report.Sure, addr{}, "")
		ix.addServer(f, v.leg.serverAddr())
		f.visit, f.tell = v, tellNotOffered
		return ix.one(f)
	},
}

func tellNotOffered(ix *Index, f *Finding) {
	v, scheme := f.visit, ""
	for _, c := range v.x.Response.Challenges {
		if !c.Proxy {
			scheme = c.Scheme
			break
		}
	}
	l, r := v.leg, &v.x.Response
	f.Summary = fmt.Sprintf("%s offers %s and not Negotiate: no Kerberos, no delegation", l.serverAddr(), scheme)
	f.Evidence = []report.Evidence{ix.showConn(l, r.Stamp.Frame, false, "%s, offers %s", statusText(r.Status), offerText(v))}
	f.Filter = ix.streamFilter(l.clientAddr(), l.serverAddr())
}

// offerText lists the schemes that the answer of v offers.
func offerText(v *Visit) string {
	challenges, out := v.x.Response.Challenges, ""
	if len(challenges) == 1 {
		s := challenges[0].Scheme
		return schemeText(s[:min(len(s), 32)], "")
	}
	for i := range challenges {
		if i > 0 {
			out += ", "
		}
		out += clip(challenges[i].Scheme, 32)
	}
	return out
}
