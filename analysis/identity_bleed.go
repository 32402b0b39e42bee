package analysis

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
)

// bled is what told the clients behind a pooled connection apart when its
// identity was set.
type bled struct {
	watch  bool   // the connection comes from a proxy, so its requests may be of several clients
	client string // X-Forwarded-For or Forwarded
	agent  string
	cookie string
	said   string // the client that a finding was made of last
}

// pooled notes whose request h, which was just accepted, came with, if h's
// client is a proxy: it names the clients for whom it asks, or the challenge
// went on to one of them.
func (a *Analysis) pooled(l *leg, h *handshakeState, x *decode.Exchange) {
	if h.mech != mechNTLM && h.mech != mechKerberos || h.Proxy {
		return
	}
	others := a.ix.challengesLike(h)
	l.bleed = bled{watch: h.forwarded != "" || others.next() != nil}
	if l.bleed.watch {
		l.bleed.client, l.bleed.agent, l.bleed.cookie = forClient(&x.Request), x.Request.Field("User-Agent"), x.Request.Field("Cookie")
	}
}

// forClient gives the client that a proxy says it asks for: the first address
// of the chain.
func forClient(r *decode.Request) string {
	first, _, _ := strings.Cut(r.Field("X-Forwarded-For"), ",")
	if first = strings.TrimSpace(first); first != "" {
		return first
	}
	for _, part := range strings.FieldsFunc(r.Field("Forwarded"), func(c rune) bool { return c == ';' || c == ',' }) {
		if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && strings.EqualFold(k, "for") {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

var identityBleed = &Rule{
	Rule: report.Rule{
		ID: "identity-bleed", Title: "One user's logon serves another client's requests", Severity: report.High,
		Evidence:   "On a connection of a proxy to a server, after a logon was accepted, a request of another client (X-Forwarded-For, Forwarded, User-Agent or Cookie change) is served without credentials.",
		NotIf:      "Many users behind one NAT address at the proxy; a proxy that edits the chain of X-Forwarded-For; one program that changes its User-Agent.",
		Why:        "NTLM and persistent Kerberos authenticate the connection. The proxy shares it between clients, so the server takes the second client for the first user.",
		Fix:        "Do not share connections to servers that authenticate connections (haproxy: http-reuse never or safe; nginx: ntlm). As a stop-gap let IIS authenticate each request: check authPersistSingleRequest and authPersistNonNTLM.",
		Log:        "IIS log: cs-username of the first user for requests of the second client",
		References: []string{"RFC 4559 6", "RFC 9110 16.4.2", "RFC 9110 3.3"},
	},
	Fold: byClientServersUser,
	OnExchange: func(ix *Index, v *Visit) []*Finding {
		b, h, r := &v.leg.bleed, v.before, &v.x.Request
		if !b.watch || h == nil || ix.ownAccount(h) || len(r.Credentials) > 0 || !r.Stamp.Seen() || v.x.Response.Status >= 400 || v.x.Response.Status == 0 {
			return nil
		}
		client, agent, cookie := forClient(r), r.Field("User-Agent"), r.Field("Cookie")
		var c report.Confidence
		var what string
		switch {
		case client != "" && b.client != "" && client != b.client:
			c, what = report.Sure, fmt.Sprintf("for %s, the logon was for %s", client, b.client)
		case (client == "" || b.client == "") && agent != b.agent && agent != "" && b.agent != "" && (cookie == "" || cookie != b.cookie):
			c, what = report.Likely, fmt.Sprintf("by %s, the logon was by %s", clip(agent, 60), clip(b.agent, 60))
		default:
			return nil
		}
		if b.said == client+agent {
			return nil
		}
		b.said = client + agent
		f := ix.finding(c.Lower(v.x.Gap), h.client(), h.Account(), h)
		f.Summary = fmt.Sprintf("%s: a request of another client was served by %s with this user's logon, over a shared connection of %s", h.who(), ix.serverText(h), h.client())
		f.Evidence = append(ix.showAll(h, ""), ix.showVisit(v, ", no credentials, "+what)...)
		return ix.one(f)
	},
}

// ownAccount reports whether the client of h logged on with an account of its
// own, as a front end does: then it may serve whom it likes over that
// connection.
func (ix *Index) ownAccount(h *handshakeState) bool {
	if strings.HasSuffix(h.User, "$") || h.told {
		return true
	}
	name := netbios(h.Workstation)
	if name == "" {
		return false
	}
	for _, a := range ix.machines.asServer(h.client()) {
		if ix.machines.known(a).servesAs(hashOfName(name)) {
			return true
		}
	}
	return false
}
