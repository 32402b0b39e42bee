package trace

import (
	"net/netip"
	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
	"slices"
	"strings"
)

// nest is what one request made its server do at one other server.
type Nest struct {
	Server    netip.AddrPort
	Exchanges []*Exchange
	Others    []*FrontRequest // requests that the visits may belong to as well
	beside    bool            // other requests were under way when the visits began
}

// nests groups the inner exchanges that belong to o by the server that they
// went to, in the order of their beginning. Where the same logon goes on to that server,
// it is no new identity and left out: the rules about tokens speak of it.
func (ix *Index) Nests(o *FrontRequest) []Nest {
	through := ix.passedOn(o.User)
	var out []Nest
	for _, v := range o.Inner {
		s := v.Conn.ServerAddr()
		if s == o.Conn.ServerAddr() || ix.Machines.Same(s.Addr(), o.Conn.ServerAddr().Addr()) || through != nil && through.Server() == s {
			continue
		}
		mine, others := owner(v, o)
		if !mine {
			continue
		}
		i := slices.IndexFunc(out, func(n Nest) bool { return n.Server == s })
		if i < 0 {
			i = len(out)
			out = append(out, Nest{Server: s})
		}
		n := &out[i]
		n.Exchanges = append(n.Exchanges, v)
		n.beside = n.beside || len(v.Fronts) > 1
		for _, other := range others {
			if !slices.Contains(n.Others, other) {
				n.Others = append(n.Others, other)
			}
		}
	}
	return slices.DeleteFunc(out, func(n Nest) bool { return n.sameLogon(o) })
}

// handshakes returns the handshakes of the exchanges of n, each once: its
// messages may have come with several exchanges.
func (n *Nest) Handshakes() []*Handshake {
	var out []*Handshake
	for _, v := range n.Exchanges {
		for _, h := range v.Handshakes {
			out = AppendNew(out, h)
		}
	}
	return out
}

// sameLogon reports whether the credentials of o itself are used in n: the
// token, or the user name and password.
func (n *Nest) sameLogon(o *FrontRequest) bool {
	for _, v := range n.Exchanges {
		for _, h := range v.Handshakes {
			if h.sameCredentials(o.User) {
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

// owner tells whether the inner exchange v belongs to o, if several requests
// were under way when it began: by what the front end copied into it, and by
// how the requests ended. others are those that it may belong to as well.
func owner(v *Exchange, o *FrontRequest) (mine bool, others []*FrontRequest) {
	best, score := []*FrontRequest(nil), -1
	trouble := v.trouble()
	for _, other := range v.Fronts {
		if other.End != 0 && other.End < v.At {
			continue // it was over before the inner exchange was
		}
		s := 2 * copied(v, other)
		if other.End == 0 || other.Failed == trouble {
			s++
		}
		if other.explained(v) {
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
		if other == o {
			mine = true
		} else {
			others = append(others, other)
		}
	}
	return mine, others
}

// trouble reports whether an inner exchange, or the logon that it began or
// that followed on its connection, ended in a refusal or error.
func (v *Exchange) trouble() bool {
	for _, h := range v.Handshakes {
		switch h.Outcome {
		case report.Denied:
			return true
		case report.Accepted:
			return h.Failed
		}
	}
	if h := v.Conn.lastOver(); h != nil && len(v.Handshakes) == 0 && h.Outcome == report.Accepted && h.Time >= v.Auth.Request.First.Time {
		return false
	}
	return v.Failed()
}

// explained reports whether the end of o has another explanation than v: its
// token went on to another server.
func (o *FrontRequest) explained(v *Exchange) bool {
	for _, in := range o.Inner {
		if in == v {
			continue
		}
		for _, h := range in.Handshakes {
			if h.HasToken() && h.Response == o.User.Response {
				return true
			}
		}
	}
	return false
}

// copied counts what the inner exchange has from the outer request: 0 nothing.
func copied(v *Exchange, o *FrontRequest) int {
	in, out := v.Auth, o.Auth
	score := 0
	for _, h := range v.Handshakes {
		if h.sameCredentials(o.User) {
			score += 64
		}
	}
	client := o.Conn.ClientAddr().Addr().String()
	for _, k := range [...]auth.MarkKind{auth.ForwardedFor, auth.Forwarded, auth.RealIP, auth.ClientIP} {
		if strings.Contains(in.Mark(k), client) {
			score += 8
			break
		}
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

// nestedFinding begins a finding about o and what happened inside it.
func (ix *Index) NestedFinding(c report.Confidence, o *FrontRequest, n *Nest, inner ...*Handshake) *Finding {
	f := ix.NewFinding(c.Lower(n.beside, len(n.Others) > 0, o.Dropped > 0), o.User.Client(), o.User.Account(), append([]*Handshake{o.User}, inner...)...)
	if len(n.Others) > 0 {
		f.User = ""
	}
	ix.AddServer(f, o.Conn.ServerAddr())
	f.Evidence = []report.Evidence{ix.ShowCredentials(o.User, ix.AnswersText(o.User))}
	if at := o.Auth.Request.Stamp.Frame; at != o.User.Frames.Authenticate {
		f.Evidence = append(f.Evidence, ix.Show(o.User, at, true, "%s on the same connection", TargetText(o.Auth)))
	}
	return f
}

// answered adds what the outer request was answered.
func (ix *Index) AddAnswer(f *Finding, o *FrontRequest) {
	if r := &o.Own.Auth.Response; r.Stamp.Seen() {
		f.Evidence = append(f.Evidence, ix.Show(o.User, r.Stamp.Frame, false, "%s: the answer to the first request", o.Own.Auth.Result.Text))
	}
}

// candidates names the users of the requests that the visits of n may belong to.
func (n *Nest) Candidates(o *FrontRequest) string {
	names := []string{o.User.Who()}
	for _, other := range n.Others {
		names = AppendNew(names, other.User.Who())
	}
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

// showVisit is the evidence of an inner exchange: request and answer.
func (ix *Index) ShowVisit(v *Exchange, what string) []report.Evidence {
	l, r := v.Conn, &v.Auth.Request
	out := []report.Evidence{ix.ShowConn(l, r.Stamp.Frame, true, "%s%s", TargetText(v.Auth), what)}
	if a := &v.Auth.Response; a.Stamp.Seen() {
		out = append(out, ix.ShowConn(l, a.Stamp.Frame, false, "%s", v.Auth.Result.Text))
	}
	return out
}
