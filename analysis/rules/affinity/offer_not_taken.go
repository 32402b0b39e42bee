package affinity

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// offerTime is how long a client has to take an offer in a capture that
// goes on, nanoseconds.
const offerTime = 60e9

// offersToSee is how often an offer must have been made to be one that is never
// taken.
const offersToSee = 3

// OfferNotTaken is the rule offer-not-taken: "The client never takes the
// offer".
var OfferNotTaken = &trace.Rule{
	Rule: report.Rule{
		ID: "offer-not-taken", Title: "The client never takes the offer", Severity: report.Info,
		Evidence:   "A server or proxy offers schemes three times or more, and the client sends no credentials on any connection. Or it logs on there with some methods, and never with one that sends a body (low).",
		NotIf:      "Probes and health checks; the first request of a healthy logon. A client that logs on with another request and sends the body on the same connection.",
		Why:        "The browser's zone or policy forbids it to log on by itself, it has no credentials at hand, or the program knows none of the schemes.",
		Fix:        "Put the site into the intranet zone (or AuthServerAllowlist), or give the program credentials.",
		References: []string{"RFC 9110 11.6.1", "RFC 4559 6", "RFC 9110 10.1.1"},
	},
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByClientServers(f)
		k.Servers += f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		u := newUntaken()
		return trace.Questions{
			OnExchange: u.onExchange, OnHandshake: u.onHandshake,
			OnEnd: func(ix *trace.Index) []*trace.Finding { return append(ix.EachHop(neverTaken(ix)), u.onEnd(ix)...) },
		}
	},
}

// neverTaken returns a function that reports a hop whose client never sends
// credentials.
func neverTaken(ix *trace.Index) func(*trace.Hop) *trace.Finding {
	return func(p *trace.Hop) *trace.Finding {
		if ix.Reviewing && p.Offers != nil && ix.Now-p.LastOffer < offerTime {
			return nil // it may still take it
		}
		if p.Offers == nil || p.OfferCount < offersToSee || ix.NamedHop(p, "double-hop-no-credentials") || p.Presented || p.Handshakes > 0 || p.ViaCount > 0 {
			return nil
		}
		o := &p.FirstOffer
		f := newOfferFinding(ix, p, o)
		f.Summary = fmt.Sprintf("%s: %s offers %s, asked %d times, and the client sends no credentials", p.Client.Addr(), offerer(p, o), o.Schemes, p.OfferCount)
		if o.Proxy {
			f.Why, f.Fix = proxyWords(o)
		}
		return f
	}
}

// newOfferFinding returns a finding about an offer on a hop.
func newOfferFinding(ix *trace.Index, p *trace.Hop, o *trace.Offer) *trace.Finding {
	f := ix.NewFinding(report.Likely, p.Client.Addr(), "")
	ix.AddServer(f, p.ServerAddr())
	f.Hops = []trace.HopKey{{Client: p.Client.Addr(), Server: p.ServerAddr()}}
	f.Evidence = []report.Evidence{ix.ShowConn(o.Conn, o.Frame, false, "%s, offers %s", o.Text, o.Schemes)}
	if o.Proxy {
		f.Evidence[0].Text += map[bool]string{true: ", with Proxy-Support", false: ", no Proxy-Support"}[o.Support]
	}
	f.Filter = ix.StreamFilter(o.Conn.ClientAddr(), o.Conn.ServerAddr())
	return f
}

// offerer names who makes an offer.
func offerer(p *trace.Hop, o *trace.Offer) string {
	if o.Proxy {
		return "the proxy " + p.ServerAddr().String()
	}
	return p.ServerAddr().String()
}

// proxyWords returns why a client does not take the offer of a proxy, and what
// to do.
func proxyWords(o *trace.Offer) (why, fix string) {
	why = "The program has no credentials for the proxy, or knows none of the schemes. "
	fix = "Give the program credentials for the proxy (.NET: DefaultProxyCredentials or Proxy.Credentials; Java: jdk.http.auth.tunneling.disabledSchemes must not list the scheme; curl: --proxy-anyauth --proxy-user), or a local proxy that logs on for it (px, cntlm), or a way past it. "
	if o.Support {
		return why + "The proxy says Proxy-Support: it keeps one connection for each client, so schemes that bind a connection may be used.", fix
	}
	return why + "The answer has no Proxy-Support field: some clients (.NET's HttpClient) then use neither NTLM nor Negotiate, because a proxy that shares connections would mix up its users.",
		fix + "If a proxy or load balancer stands in front of this one, let it keep one connection for each client, and send Proxy-Support: Session-Based-Authentication."
}
