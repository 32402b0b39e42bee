package affinity

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// IdentityBleed is the rule identity-bleed: "One user's logon serves another
// client's requests".
var IdentityBleed = &trace.Rule{
	Rule: report.Rule{
		ID: "identity-bleed", Title: "One user's logon serves another client's requests", Severity: report.High,
		Evidence:   "On a connection of a proxy to a server, after the logon of a client came through, a request of another client (by X-Forwarded-For and the like, by the requests under way at the proxy, or by User-Agent and Cookie) is served without credentials.",
		NotIf:      "A front end that logs on with an account of its own, as Exchange and portals do; many users behind one NAT address at the proxy; a proxy that edits the chain of X-Forwarded-For; one program that changes its User-Agent.",
		Why:        "NTLM and persistent Kerberos authenticate the connection. The proxy shares it between clients, so the server takes the second client for the first user.",
		Fix:        "At the proxy: do not share connections to servers that authenticate connections (haproxy: http-reuse never or safe; nginx: ntlm). As a stop-gap let IIS authenticate each request: check authPersistSingleRequest and authPersistNonNTLM.",
		Log:        "IIS log: cs-username of the first user for requests of the second client",
		References: []string{"RFC 4559 6", "RFC 9110 16.4.2", "RFC 9110 3.3"},
	},
	Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		p := &pools{
			byConn:   recent.New[trace.ConnKey, *pooled](1 << 12),
			accounts: recent.New[poolAccount, []trace.ConnKey](1 << 12),
			open:     recent.New[trace.ConnKey, *pooled](1 << 8),
		}
		return trace.Questions{OnExchange: p.exchange, OnLeave: p.leave, OnEnd: p.end}
	},
}

// pooled is the identity of a connection that serves several clients, and what
// told them apart when it was set.
type pooled struct {
	h        *trace.Handshake
	through  bool // the logon is a client's: its token came on a client's connection
	clients  trace.ClientAddresses
	agent    string
	cookie   string
	reported string         // the client that the last finding was about
	served   []netip.Addr   // the clients that the fields name, three at most
	doubtful *trace.Finding // where the front side is not captured: see pools.settle
	at       int64          // of doubtful
}

// poolAccount is an account at the connections of one machine to one server.
type poolAccount struct {
	client netip.Addr
	server netip.AddrPort
	user   string
}

// serviceConns is on how many connections a front end uses an account of its
// own.
const serviceConns = 3

// pools is the memory of the rule.
type pools struct {
	byConn   *recent.Map[trace.ConnKey, *pooled]
	accounts *recent.Map[poolAccount, []trace.ConnKey] // where it logged on, serviceConns at most
	open     *recent.Map[trace.ConnKey, *pooled]       // those with a doubtful finding
}

// doubt is how long a finding waits that more traffic may refute.
const doubt = int64(60e9)

// exchange is asked about each exchange that is over.
func (p *pools) exchange(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
	b := p.byConn.Get(x.Conn.Key())
	found := p.bled(ix, x, b)
	for _, h := range x.Handshakes {
		if h.Outcome != report.Accepted || h.Mechanism != trace.NTLM && h.Mechanism != trace.Kerberos || h.Session.Proxy || h.Frames.Result != x.Auth.Response.Stamp.Frame {
			continue
		}
		if f := p.logon(ix, x, h, b); f != nil {
			found = ix.One(f)
		}
	}
	return found
}

// logon notes that h gave the connection of x its identity. before is what is
// known of the one that it had. If that was another account, the clients of the
// connection log on themselves: what was doubtful of that one is returned.
func (p *pools) logon(ix *trace.Index, x *trace.Exchange, h *trace.Handshake, before *pooled) (found *trace.Finding) {
	through := ix.CameThrough(h) != nil
	if _, b := ix.AskedFor(x); b != nil {
		through = true
	}
	if !through && !x.Auth.Forwards() {
		p.byConn.Delete(x.Conn.Key())
		return nil
	}
	n := &pooled{
		h: h, through: through, clients: trace.ClientsOf(x.Auth),
		agent: strings.Clone(x.Auth.Mark(auth.Agent)), cookie: strings.Clone(x.Auth.Mark(auth.Cookie)),
	}
	switch {
	case before == nil:
	case before.h.SameAccount(h):
		n.served, n.doubtful, n.at = before.served, before.doubtful, before.at
		n.serve(before.clients.Any())
	case before.doubtful != nil:
		found = p.settle(ix, before)
	}
	key := poolAccount{h.Client(), h.Server(), strings.ToLower(h.Account())}
	if conns := p.accounts.Get(key); len(conns) < serviceConns && !slices.Contains(conns, x.Conn.Key()) {
		p.accounts.Set(key, append(conns, x.Conn.Key()))
	}
	p.byConn.Set(x.Conn.Key(), n)
	if p.open.Delete(x.Conn.Key()); n.doubtful != nil {
		p.open.Set(x.Conn.Key(), n)
	}
	ix.Watch(x.Conn)
	return found
}

// serve notes that a request was asked for a client, if c is valid.
func (b *pooled) serve(c netip.Addr) {
	if c.IsValid() && len(b.served) < 3 && !slices.Contains(b.served, c) {
		b.served = append(b.served, c)
	}
}

// bled reports a request of another client than the one whose logon is that of
// the connection, which is b.
func (p *pools) bled(ix *trace.Index, x *trace.Exchange, b *pooled) []*trace.Finding {
	h, r := x.Before, &x.Auth.Request
	if b == nil || h == nil || b.h != h || len(r.Credentials) > 0 || !r.Stamp.Seen() || x.Failed() {
		return nil
	}
	clients := trace.ClientsOf(x.Auth)
	b.serve(clients.Any())
	c, who, what, evidence := p.otherClient(ix, x, b, &clients)
	if what == "" || who == b.reported {
		return nil
	}
	if !b.through && (ix.FrontSeen(h.Client()) || !p.personal(ix, b)) {
		return nil // the front end's own account, as far as can be seen
	}
	b.reported = who
	f := ix.NewFinding(c.Lower(x.Auth.Gap), h.Client(), h.Account(), h)
	f.Summary = fmt.Sprintf("%s: a request of another client (%s) was served by %s with this user's logon, over a shared connection of %s", h.Who(), who, ix.ServerText(h), h.Client())
	f.Evidence = append(ix.ShowAll(h, ""), evidence...)
	f.Evidence = append(f.Evidence, ix.ShowExchange(x, ", no credentials, "+what)...)
	if !b.through {
		if b.doubtful == nil {
			b.doubtful, b.at = f, x.At
			p.open.Set(x.Conn.Key(), b)
		}
		return nil
	}
	return ix.One(f)
}

// otherClient returns who asked for x, and how that shows, if that is another
// client than the one that logged on. What is empty if it is not.
func (p *pools) otherClient(ix *trace.Index, x *trace.Exchange, b *pooled, clients *trace.ClientAddresses) (c report.Confidence, who, what string, evidence []report.Evidence) {
	if mine, first, ok := clients.Common(&b.clients); ok {
		if ix.Machines.SameClient(mine, first) {
			return 0, "", "", nil
		}
		return report.Sure, mine.String(), fmt.Sprintf("for %s, the logon was for %s", mine, first), nil
	}
	if !b.through {
		return 0, "", "", nil
	}
	agent, cookie := x.Auth.Mark(auth.Agent), x.Auth.Mark(auth.Cookie)
	byAgent := agent != b.agent && agent != "" && b.agent != "" && (cookie == "" || cookie != b.cookie)
	asked, behind := ix.AskedFor(x)
	switch {
	case asked == nil && (!byAgent || behind != nil && behind.Unasked != nil):
		return 0, "", "", nil
	case asked != nil && (asked.Conn == behind.Front || ix.Machines.SameClient(asked.Client.Addr(), behind.Client()) && !byAgent):
		return 0, "", "", nil
	case asked == nil:
		agent = trace.Clip(agent, 60)
		return report.Likely, agent, fmt.Sprintf("by %s, the logon was by %s", agent, trace.Clip(b.agent, 60)), nil
	}
	who = asked.Client.Addr().String()
	if asked.Client.Addr() == behind.Client() {
		who += ", " + trace.Clip(agent, 60)
	}
	return report.Likely, who, fmt.Sprintf("for %s, the logon was that of %s", asked.Client, behind.Client()), []report.Evidence{ix.ShowAsked(asked)}
}

// personal reports whether the logon of a connection whose other side is not
// captured may be that of a person, not of the front end itself.
func (p *pools) personal(ix *trace.Index, b *pooled) bool {
	h := b.h
	if h.Mechanism != trace.NTLM || strings.HasSuffix(h.User, "$") || h.User == "" || ix.Named(h, "double-hop-anonymous", "double-hop-identity-changed") {
		return false
	}
	if name := machine.NetBIOS(h.Workstation); name != "" && ix.Machines.ServesAs(h.Client(), name) {
		return false
	}
	if len(p.accounts.Get(poolAccount{h.Client(), h.Server(), strings.ToLower(h.Account())})) >= serviceConns {
		return false
	}
	served := b.served
	if c := b.clients.Any(); c.IsValid() && !slices.Contains(served, c) {
		return len(served) < 2
	}
	return len(served) < 3
}

// settle returns the doubtful finding of b, if nothing has refuted it.
func (p *pools) settle(ix *trace.Index, b *pooled) *trace.Finding {
	f := b.doubtful
	if b.doubtful = nil; f == nil || ix.FrontSeen(b.h.Client()) || !p.personal(ix, b) {
		return nil
	}
	return f
}

// leave is asked about a handshake that is too old for anything to change what
// it means.
func (p *pools) leave(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if p.open.Len() == 0 {
		return nil
	}
	b := p.open.Get(h.Conn.Key())
	if b == nil || b.h != h {
		return nil
	}
	p.open.Delete(h.Conn.Key())
	if f := p.settle(ix, b); f != nil {
		return ix.One(f)
	}
	return nil
}

// end is asked when everything was read, and from time to time before.
func (p *pools) end(ix *trace.Index) []*trace.Finding {
	var out []*trace.Finding
	for k, b := range p.open.All() {
		if ix.Reviewing && ix.Now-b.at < doubt {
			continue
		}
		p.open.Delete(k)
		if f := p.settle(ix, b); f != nil {
			out = append(out, f)
		}
	}
	return out
}
