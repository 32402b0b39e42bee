package affinity

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// pooled is what distinguished the clients behind a connection when its
// identity was set.
type pooled struct {
	client   string // X-Forwarded-For or Forwarded
	agent    string
	cookie   string
	reported string // the client that a finding was made of last
}

// pool returns which client the request of x came from, if x logged on a
// connection of a proxy: it names the clients that it asks for, or the
// challenge went on to one of them.
func pool(ix *trace.Index, x *trace.Exchange) (p *pooled, logon bool) {
	for _, h := range x.Handshakes {
		if h.Outcome != report.Accepted || h.Mechanism != trace.NTLM && h.Mechanism != trace.Kerberos || h.Session.Proxy || h.Frames.Result != x.Auth.Response.Stamp.Frame {
			continue
		}
		logon, p = true, nil
		others := ix.ChallengesLike(h)
		if trace.Forwarding(x.Auth) != "" || others.Next() != nil {
			p = &pooled{client: strings.Clone(forClient(x.Auth)), agent: strings.Clone(x.Auth.Mark(auth.Agent)), cookie: strings.Clone(x.Auth.Mark(auth.Cookie))}
		}
	}
	return p, logon
}

// forClient returns the client that a proxy names: the first address
// of the chain.
func forClient(x *auth.Exchange) string {
	first, _, _ := strings.Cut(x.Mark(auth.ForwardedFor), ",")
	if first = strings.TrimSpace(first); first != "" {
		return first
	}
	for _, part := range strings.FieldsFunc(x.Mark(auth.Forwarded), func(c rune) bool { return c == ';' || c == ',' }) {
		if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && strings.EqualFold(k, "for") {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// IdentityBleed is the rule identity-bleed: "One user's logon serves another
// client's requests".
var IdentityBleed = &trace.Rule{
	Rule: report.Rule{
		ID: "identity-bleed", Title: "One user's logon serves another client's requests", Severity: report.High,
		Evidence:   "On a connection of a proxy to a server, after a logon was accepted, a request of another client (X-Forwarded-For, Forwarded, User-Agent or Cookie change) is served without credentials.",
		NotIf:      "Many users behind one NAT address at the proxy; a proxy that edits the chain of X-Forwarded-For; one program that changes its User-Agent.",
		Why:        "NTLM and persistent Kerberos authenticate the connection. The proxy shares it between clients, so the server takes the second client for the first user.",
		Fix:        "Do not share connections to servers that authenticate connections (haproxy: http-reuse never or safe; nginx: ntlm). As a stop-gap let IIS authenticate each request: check authPersistSingleRequest and authPersistNonNTLM.",
		Log:        "IIS log: cs-username of the first user for requests of the second client",
		References: []string{"RFC 4559 6", "RFC 9110 16.4.2", "RFC 9110 3.3"},
	},
	Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		byConn := recent.New[trace.ConnKey, *pooled](1 << 12)
		return trace.Questions{OnExchange: func(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
			found := bled(ix, x, byConn.Get(x.Conn.Key()))
			if p, logon := pool(ix, x); p != nil {
				byConn.Set(x.Conn.Key(), p)
				ix.Watch(x.Conn)
			} else if logon {
				byConn.Delete(x.Conn.Key())
			}
			return found
		}}
	},
}

// bled reports a request of another client than the one that logged b on.
func bled(ix *trace.Index, x *trace.Exchange, b *pooled) []*trace.Finding {
	h, r := x.Before, &x.Auth.Request
	if b == nil || h == nil || ownAccount(ix, h) || len(r.Credentials) > 0 || !r.Stamp.Seen() || x.Failed() {
		return nil
	}
	client, agent, cookie := forClient(x.Auth), x.Auth.Mark(auth.Agent), x.Auth.Mark(auth.Cookie)
	var c report.Confidence
	var what string
	switch {
	case client != "" && b.client != "" && client != b.client:
		c, what = report.Sure, fmt.Sprintf("for %s, the logon was for %s", client, b.client)
	case (client == "" || b.client == "") && agent != b.agent && agent != "" && b.agent != "" && (cookie == "" || cookie != b.cookie):
		c, what = report.Likely, fmt.Sprintf("by %s, the logon was by %s", trace.Clip(agent, 60), trace.Clip(b.agent, 60))
	default:
		return nil
	}
	if b.reported == client+agent {
		return nil
	}
	b.reported = client + agent
	f := ix.NewFinding(c.Lower(x.Auth.Gap), h.Client(), h.Account(), h)
	f.Summary = fmt.Sprintf("%s: a request of another client was served by %s with this user's logon, over a shared connection of %s", h.Who(), ix.ServerText(h), h.Client())
	f.Evidence = append(ix.ShowAll(h, ""), ix.ShowExchange(x, ", no credentials, "+what)...)
	return ix.One(f)
}

// ownAccount reports whether the client of h logged on with an account of its
// own, as a front end does: then it may serve whom it likes over that
// connection.
func ownAccount(ix *trace.Index, h *trace.Handshake) bool {
	if strings.HasSuffix(h.User, "$") || ix.Named(h, "double-hop-anonymous", "double-hop-identity-changed") {
		return true
	}
	name := machine.NetBIOS(h.Workstation)
	return name != "" && ix.Machines.ServesAs(h.Client(), name)
}
