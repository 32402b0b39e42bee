package trace

import (
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// Nest is what one request made its server do at one other server.
type Nest struct {
	Server    netip.AddrPort
	Exchanges []*Exchange
	Others    []*FrontRequest // requests that the exchanges may belong to as well
	beside    bool            // other requests were under way when the exchanges began
}

// Nests groups the inner exchanges that belong to front by the server that they
// went to, in the order of their beginning. Where the same logon goes on to
// that server, it is no new identity and left out: the rules about tokens
// report it.
func (ix *Index) Nests(front *FrontRequest) []Nest {
	if d := &front.Conn.Server.Data; d.passed > 0 && d.own == 0 {
		return nil // a machine that only passes logons on: what it asks is what its clients asked
	}
	through := ix.passedOn(front.User)
	var out []Nest
	for _, x := range front.Inner {
		s := x.Conn.ServerAddr()
		if s == front.Conn.ServerAddr() || ix.Machines.Same(s.Addr(), front.Conn.ServerAddr().Addr()) || through != nil && through.Server() == s {
			continue
		}
		if !ix.Machines.Same(x.Conn.Client.Addr(), front.Conn.ServerAddr().Addr()) {
			continue // what joined the two addresses was refuted since
		}
		mine, others := owner(x, front)
		if !mine {
			continue
		}
		i := slices.IndexFunc(out, func(n Nest) bool { return n.Server == s })
		if i < 0 {
			i = len(out)
			out = append(out, Nest{Server: s})
		}
		n := &out[i]
		n.Exchanges = append(n.Exchanges, x)
		n.beside = n.beside || len(x.Fronts) > 1
		for _, other := range others {
			if !slices.Contains(n.Others, other) {
				n.Others = append(n.Others, other)
			}
		}
	}
	return slices.DeleteFunc(out, func(n Nest) bool { return n.sameLogon(front) })
}

// Handshakes returns the handshakes of the exchanges of n, each once: its
// messages may have come with several exchanges.
func (n *Nest) Handshakes() []*Handshake {
	var out []*Handshake
	for _, x := range n.Exchanges {
		for _, h := range x.Handshakes {
			out = AppendNew(out, h)
		}
	}
	return out
}

// sameLogon reports whether the credentials of front itself are used in n: the
// token, or the user name and password.
func (n *Nest) sameLogon(front *FrontRequest) bool {
	for _, x := range n.Exchanges {
		for _, h := range x.Handshakes {
			if h.sameCredentials(front.User) {
				return true
			}
		}
	}
	return false
}

// sameCredentials reports whether two handshakes carry the same token, or the
// same user name and password.
func (h *Handshake) sameCredentials(x *Handshake) bool {
	return h.HasToken() && h.Response == x.Response || h.Extra().IsBasic && x.Extra().IsBasic && h.extra.Basic == x.extra.Basic
}

// owner decides whether the inner exchange x belongs to front, if several
// requests were under way when it began: by what the front end copied into it,
// and by how the requests ended. others are those that it may belong to as
// well.
func owner(x *Exchange, front *FrontRequest) (mine bool, others []*FrontRequest) {
	best, score := []*FrontRequest(nil), -1
	trouble := x.trouble()
	for _, other := range x.Fronts {
		if other.End != 0 && other.End < x.At {
			continue // it was over before the inner exchange was
		}
		s := 2 * copied(x, other)
		if other.End == 0 || other.Failed == trouble {
			s++
		}
		if other.explained(x) {
			s = 0
		}
		switch {
		case s > score:
			best, score = []*FrontRequest{other}, s
		case s == score:
			best = append(best, other)
		}
	}
	for _, other := range best {
		if other == front {
			mine = true
		} else {
			others = append(others, other)
		}
	}
	return mine, others
}

// trouble reports whether an inner exchange, or the logon that it began or
// that followed on its connection, ended in a refusal or error.
func (x *Exchange) trouble() bool {
	for _, h := range x.Handshakes {
		switch h.Outcome {
		case report.Denied:
			return true
		case report.Accepted:
			return h.Failed
		}
	}
	if h := x.Conn.lastOver(); h != nil && len(x.Handshakes) == 0 && h.Outcome == report.Accepted && h.Time >= x.Auth.Request.First.Time {
		return false
	}
	return x.Failed()
}

// explained reports whether the end of front has another explanation than x:
// its token went on to another server.
func (front *FrontRequest) explained(x *Exchange) bool {
	for _, in := range front.Inner {
		if in == x {
			continue
		}
		for _, h := range in.Handshakes {
			if h.HasToken() && h.Response == front.User.Response {
				return true
			}
		}
	}
	return false
}

// copied scores what the inner exchange copies from the front request; 0 is
// nothing.
func copied(x *Exchange, front *FrontRequest) int {
	in, out := x.Auth, front.Auth
	score := 0
	for _, h := range x.Handshakes {
		if h.sameCredentials(front.User) {
			score += 64
		}
	}
	if NamesClient(in, front.Conn.Client.Addr()) {
		score += 8
	}
	for _, k := range auth.RequestIDs {
		if id := in.Mark(k); id != "" && id == out.Mark(k) {
			score += 16
			break
		}
	}
	if c := in.Mark(auth.Cookie); c != "" && c == out.Mark(auth.Cookie) {
		score += 4
	}
	if in.Target.Name == out.Target.Name && in.Target.Name != "/" {
		score += 2
	}
	if u := in.Mark(auth.Agent); u != "" && u == out.Mark(auth.Agent) {
		score++
	}
	return score
}

// NestedFinding returns a new finding about front and what happened inside it.
func (ix *Index) NestedFinding(c report.Confidence, front *FrontRequest, n *Nest, inner ...*Handshake) *Finding {
	f := ix.NewFinding(c.Lower(n.beside, len(n.Others) > 0, front.Dropped > 0), front.User.Client(), front.User.Account(), append([]*Handshake{front.User}, inner...)...)
	if len(n.Others) > 0 {
		f.User = ""
	}
	if u := front.User; u.Failed && u.ResultAt == front.Own.Auth.Response.Stamp.Time {
		f.Outer = u // the logon of another request on its connection did not fail for it
	}
	ix.AddServer(f, front.Conn.ServerAddr())
	f.Evidence = []report.Evidence{ix.ShowCredentials(front.User, ix.AnswersText(front.User))}
	if at := front.Auth.Request.Stamp.Frame; at != front.User.Frames.Authenticate {
		f.Evidence = append(f.Evidence, ix.Show(front.User, at, true, "%s on the same connection", TargetText(front.Auth)))
	}
	return f
}

// AddAnswer adds the answer to the front request as evidence.
func (ix *Index) AddAnswer(f *Finding, front *FrontRequest) {
	if r := &front.Own.Auth.Response; r.Stamp.Seen() {
		f.Evidence = append(f.Evidence, ix.Show(front.User, r.Stamp.Frame, false, "%s: the answer to the first request", front.Own.Auth.Result.Text))
	}
}

// Candidates names the users of the requests that the exchanges of n may belong
// to.
func (n *Nest) Candidates(front *FrontRequest) string {
	names := []string{front.User.Who()}
	for _, other := range n.Others {
		names = AppendNew(names, other.User.Who())
	}
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

// ShowExchange returns the evidence of an exchange: the request, followed by
// what, and the answer.
func (ix *Index) ShowExchange(x *Exchange, what string) []report.Evidence {
	c, r := x.Conn, &x.Auth.Request
	out := []report.Evidence{ix.ShowConn(c, r.Stamp.Frame, true, "%s%s", TargetText(x.Auth), what)}
	if a := &x.Auth.Response; a.Stamp.Seen() {
		out = append(out, ix.ShowConn(c, a.Stamp.Frame, false, "%s", x.Auth.Result.Text))
	}
	return out
}
