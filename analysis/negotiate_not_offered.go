package analysis

import "fmt"

var negotiateNotOffered = &Rule{
	ID: "negotiate-not-offered", Title: "Server offers only NTLM or Basic", Severity: Low,
	Evidence:   "A 401 that offers NTLM or Basic and not Negotiate.",
	Confusions: "A server that is meant to have Basic only, over TLS.",
	Why:        "Without Negotiate no client can use Kerberos, so no second hop on behalf of the user is possible by design, other than with Basic.",
	Fix:        "Add the Negotiate provider, before NTLM.",
	References: []string{"RFC 4559 4.1"},
	Fold:       byServer,
	OnExchange: func(ix *Index, v *Visit) []*Finding {
		r := &v.x.Response
		if r.Status != 401 || !offers(v, "NTLM", "Basic") || offers(v, "Negotiate", "Kerberos") {
			return nil
		}
		scheme := ""
		for i := range r.Challenges {
			if c := &r.Challenges[i]; !c.Proxy {
				if c.Token != nil {
					return nil // the middle of a handshake repeats only its own scheme
				}
				if scheme == "" {
					scheme = c.Scheme
				}
			}
		}
		if len(v.x.Request.Credentials) > 0 {
			return nil
		}
		f := ix.finding(Sure, addr{}, "")
		f.addServer(v.leg.serverAddr())
		f.tell = func(f *Finding) {
			l := v.leg
			f.Summary = fmt.Sprintf("%s offers %s and not Negotiate: no Kerberos, no delegation", v.leg.serverAddr(), scheme)
			f.Evidence = []Evidence{l.show(r.Stamp.Frame, false, "%s, offers %s", statusText(r.Status), offerText(v))}
			f.Filter = streamFilter(v.leg.clientAddr(), v.leg.serverAddr())
		}
		return []*Finding{f}
	},
}

// offerText lists the schemes that the answer of v offers.
func offerText(v *Visit) string {
	out := ""
	for i := range v.x.Response.Challenges {
		if i > 0 {
			out += ", "
		}
		out += clip(v.x.Response.Challenges[i].Scheme, 32)
	}
	return out
}
