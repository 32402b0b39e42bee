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

// pooled is what told the clients behind a connection apart when its identity
// was set.
type pooled struct {
	client string // X-Forwarded-For or Forwarded
	agent  string
	cookie string
	said   string // the client that a finding was made of last
}

// pool returns whose request v came with, if v logged on a connection of a
// proxy: it names the clients for whom it asks, or the challenge went on to one
// of them.
func pool(ix *trace.Index, v *trace.Exchange) (p *pooled, logon bool) {
	for _, h := range v.Handshakes {
		if h.Outcome != report.Accepted || h.Mechanism != trace.NTLM && h.Mechanism != trace.Kerberos || h.Session.Proxy || h.Frames.Result != v.Auth.Response.Stamp.Frame {
			continue
		}
		logon, p = true, nil
		others := ix.ChallengesLike(h)
		if x := v.Auth; trace.Forwarding(x) != "" || others.Next() != nil {
			p = &pooled{client: strings.Clone(forClient(x)), agent: strings.Clone(x.Mark(auth.Agent)), cookie: strings.Clone(x.Mark(auth.Cookie))}
		}
	}
	return p, logon
}

// forClient returns the client that a proxy says it asks for: the first address
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
		return trace.Questions{OnExchange: func(ix *trace.Index, v *trace.Exchange) []*trace.Finding {
			found := bled(ix, v, byConn.Get(v.Conn.Key()))
			if p, logon := pool(ix, v); p != nil {
				byConn.Set(v.Conn.Key(), p)
				ix.Watch(v.Conn)
			} else if logon {
				byConn.Delete(v.Conn.Key())
			}
			return found
		}}
	},
}

// bled reports a request of another client than the one that logged b on.
func bled(ix *trace.Index, v *trace.Exchange, b *pooled) []*trace.Finding {
	h, r := v.Before, &v.Auth.Request
	if b == nil || h == nil || ownAccount(ix, h) || len(r.Credentials) > 0 || !r.Stamp.Seen() || v.Failed() {
		return nil
	}
	client, agent, cookie := forClient(v.Auth), v.Auth.Mark(auth.Agent), v.Auth.Mark(auth.Cookie)
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
	if b.said == client+agent {
		return nil
	}
	b.said = client + agent
	f := ix.NewFinding(c.Lower(v.Auth.Gap), h.Client(), h.Account(), h)
	f.Summary = fmt.Sprintf("%s: a request of another client was served by %s with this user's logon, over a shared connection of %s", h.Who(), ix.ServerText(h), h.Client())
	f.Evidence = append(ix.ShowAll(h, ""), ix.ShowVisit(v, ", no credentials, "+what)...)
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
