package doublehop

import (
	"fmt"
	"slices"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// NoCredentials is the rule double-hop-no-credentials: "Second hop without any
// credential".
var NoCredentials = &trace.Rule{
	Rule: report.Rule{
		ID: "double-hop-no-credentials", Title: "Second hop without any credential", Severity: report.Medium,
		Evidence:   "While a front end served a request of a known user, it asked a back end, was answered 401 with an offer of Negotiate or NTLM, sent no credentials on any connection, and answered its own client 401, 403 or 5xx. The machine does not ask the same when it serves nobody.",
		NotIf:      "A probe or health check (withdrawn if the same request is seen when no user's is under way); a load balancer that only passes logons on; code that expects the 401; a capture filter that cut the retry. Without the first hop in the capture the rule is silent.",
		Why:        "The front end knows the user but has nothing that it could present for him: an NTLM logon cannot be passed on, and a Kerberos logon only with delegation.",
		Fix:        "Configure delegation for the front end's account, or give its client code credentials of its own (UseDefaultCredentials, allowedImpersonationLevel=Delegation).",
		Log:        "IIS log of the back end: 401 2 5 without a user name",
		References: []string{"RFC 9110 11.6.1", "RFC 9110 15.5.2", "KB183545"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		b := &bareHops{recent.New[*trace.Exchange, bool](1 << 10), newProbes()}
		return trace.Questions{OnNested: b.onNested, OnExchange: b.probes.onExchange}
	},
}

// bareHops remembers what was reported.
type bareHops struct {
	reported *recent.Map[*trace.Exchange, bool] // exchanges that a finding was made of
	probes   *probes
}

func (b *bareHops) onNested(ix *trace.Index, front *trace.FrontRequest) []*trace.Finding {
	if !front.Own.Denied() {
		return nil // the user got a page, or one that is not there; what was not captured may have been one
	}
	var out []*trace.Finding
	for _, n := range ix.Nests(front) {
		x := refusedBare(&n, b.reported)
		if x == nil || b.probes.has(x) {
			continue
		}
		// Another request that may have caused it is to speak of another
		// connection.
		for _, other := range n.Exchanges {
			if other.Conn == x.Conn {
				b.reported.Set(other, true)
			}
		}
		f := ix.NestedFinding(report.Likely, front, &n)
		ix.AddServer(f, n.Server)
		f.Hops = []trace.HopKey{{Client: x.Conn.Client.Addr(), Server: x.Conn.ServerAddr()}}
		if front.User.Refused() || front.User.Failed && front.User.Frames.Result == front.Own.Auth.Response.Stamp.Frame {
			f.Explains = []*trace.Handshake{front.User} // the client sees the back end's refusal
		}
		f.Summary = fmt.Sprintf("%s from %s: the front end %s asked %s without credentials and was refused", n.Candidates(front), front.User.Client(), ix.ServerText(front.User), n.Server)
		f.Evidence = append(f.Evidence, ix.ShowExchange(x, ", no credentials")...)
		ix.AddAnswer(f, front)
		f.Filter = ix.FilterOf(front.User) + " || " + ix.StreamFilter(x.Conn.ClientAddr(), x.Conn.ServerAddr())
		b.probes.note(ix, f, x)
		out = append(out, f)
	}
	return out
}

// refusedBare returns the last exchange of n that was refused for want of
// credentials and had none after it. Where the exchanges may belong to several
// requests, a connection that was refused first and then logged on answers for
// itself; where they belong to one, no logon of it is left out.
func refusedBare(n *trace.Nest, reported *recent.Map[*trace.Exchange, bool]) *trace.Exchange {
	var last *trace.Exchange
	for i, x := range n.Exchanges {
		switch {
		case x.Auth.Gap || x.Conn.Lost:
			return nil
		case len(x.Auth.Request.Credentials) > 0 || x.Before != nil:
			if len(n.Others) == 0 || x.Before == nil && !bare(n.Exchanges[:i], x.Conn) {
				return nil
			}
		case !reported.Has(x) && !logsOn(n.Exchanges[i+1:], x.Conn):
			last = x
		}
	}
	if last == nil || !last.ServerAsks() || !trace.OffersScheme(last, "Negotiate", "NTLM", "Kerberos") {
		return nil
	}
	return last
}

// bare reports whether an exchange on c came without credentials.
func bare(visits []*trace.Exchange, c *trace.Conn) bool {
	return slices.ContainsFunc(visits, func(x *trace.Exchange) bool { return x.Conn == c && len(x.Auth.Request.Credentials) == 0 })
}

// logsOn reports whether an exchange on c came with credentials.
func logsOn(visits []*trace.Exchange, c *trace.Conn) bool {
	return slices.ContainsFunc(visits, func(x *trace.Exchange) bool { return x.Conn == c && len(x.Auth.Request.Credentials) > 0 })
}
