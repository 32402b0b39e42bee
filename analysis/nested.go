package analysis

import (
	"net/netip"
	"ntlmtrace/analysis/report"
	"slices"
	"strings"
)

// nest is what one request made its server do at one other server.
type nest struct {
	server netip.AddrPort
	visits []*Visit
	others []*Outer // requests that the visits may belong to as well
	beside bool     // other requests were under way when the visits began
}

// nests groups the inner exchanges that belong to o by the server that they
// went to, in the order of their beginning. Where the same logon goes on to that server,
// it is no new identity and left out: the rules about tokens speak of it.
func (ix *Index) nests(o *Outer) []nest {
	through := ix.passedOn(o.user)
	var out []nest
	for _, v := range o.inner {
		s := v.leg.serverAddr()
		if s == o.leg.serverAddr() || ix.machines.same(s.Addr(), o.leg.serverAddr().Addr()) || through != nil && through.server() == s {
			continue
		}
		mine, others := owner(v, o)
		if !mine {
			continue
		}
		i := slices.IndexFunc(out, func(n nest) bool { return n.server == s })
		if i < 0 {
			i = len(out)
			out = append(out, nest{server: s})
		}
		n := &out[i]
		n.visits = append(n.visits, v)
		n.beside = n.beside || len(v.outers) > 1
		for _, other := range others {
			if !slices.Contains(n.others, other) {
				n.others = append(n.others, other)
			}
		}
	}
	return slices.DeleteFunc(out, func(n nest) bool { return n.sameLogon(o) })
}

// sameLogon reports whether the credentials of o itself are used in n: the
// token, or the user name and password.
func (n *nest) sameLogon(o *Outer) bool {
	for _, v := range n.visits {
		for _, h := range v.hs {
			if h.sameCredentials(o.user) {
				return true
			}
		}
	}
	return false
}

// sameCredentials reports whether two handshakes carry the same token, or the
// same user name and password.
func (h *handshakeState) sameCredentials(x *handshakeState) bool {
	return h.hasToken() && h.response == x.response || h.facts().isBasic && x.facts().isBasic && h.rare.basic == x.rare.basic
}

// owner tells whether the inner exchange v belongs to o, if several requests
// were under way when it began: by what the front end copied into it, and by
// how the requests ended. others are those that it may belong to as well.
func owner(v *Visit, o *Outer) (mine bool, others []*Outer) {
	best, score := []*Outer(nil), -1
	trouble := v.trouble()
	for _, other := range v.outers {
		if other.end != 0 && other.end < v.at {
			continue // it was over before the inner exchange was
		}
		s := 2 * copied(v, other)
		if other.end == 0 || other.failed == trouble {
			s++
		}
		if other.explained(v) {
			s = 0
		}
		switch {
		case s > score:
			best, score = []*Outer{other}, s
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
func (v *Visit) trouble() bool {
	for _, h := range v.hs {
		switch h.Outcome {
		case report.Denied:
			return true
		case report.Accepted:
			return h.Status >= 400
		}
	}
	if h := v.leg.lastOver(); h != nil && len(v.hs) == 0 && h.Outcome == report.Accepted && h.Time >= v.x.Request.First.Time {
		return false
	}
	return v.x.Response.Status >= 400
}

// explained reports whether the end of o has another explanation than v: its
// token went on to another server.
func (o *Outer) explained(v *Visit) bool {
	for _, in := range o.inner {
		if in == v {
			continue
		}
		for _, h := range in.hs {
			if h.hasToken() && h.response == o.user.response {
				return true
			}
		}
	}
	return false
}

// requestIDs are the fields by which front ends mark what belongs to one request.
var requestIDs = [...]string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "Traceparent", "Client-Request-Id", "X-Amzn-Trace-Id", "X-B3-Traceid"}

// copied counts what the inner exchange has from the outer request: 0 nothing.
func copied(v *Visit, o *Outer) int {
	in, out := &v.x.Request, &o.x.Request
	score := 0
	for _, h := range v.hs {
		if h.sameCredentials(o.user) {
			score += 64
		}
	}
	client := o.leg.clientAddr().Addr().String()
	for _, name := range [...]string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip"} {
		if strings.Contains(in.Field(name), client) {
			score += 8
			break
		}
	}
	for _, name := range requestIDs {
		if id := in.Field(name); id != "" && id == out.Field(name) {
			score += 16
			break
		}
	}
	if c := in.Field("Cookie"); c != "" && c == out.Field("Cookie") {
		score += 4
	}
	if in.Target == out.Target && in.Target != "/" {
		score += 2
	}
	if u := in.Field("User-Agent"); u != "" && u == out.Field("User-Agent") {
		score++
	}
	return score
}

// nestedFinding begins a finding about o and what happened inside it.
func (ix *Index) nestedFinding(c report.Confidence, o *Outer, n *nest, inner ...*handshakeState) *Finding {
	f := ix.finding(c.Lower(n.beside, len(n.others) > 0, o.lost > 0), o.user.client(), o.user.Account(), append([]*handshakeState{o.user}, inner...)...)
	if len(n.others) > 0 {
		f.User = ""
	}
	ix.addServer(f, o.leg.serverAddr())
	f.Evidence = []report.Evidence{ix.showCredentials(o.user, ix.answersText(o.user))}
	if at := o.x.Request.Stamp.Frame; at != o.user.Frames.Authenticate {
		f.Evidence = append(f.Evidence, ix.show(o.user, at, true, "%s %s on the same connection", o.x.Request.Method, clip(o.x.Request.Target, 80)))
	}
	return f
}

// answered adds what the outer request was answered.
func (ix *Index) addAnswer(f *Finding, o *Outer) {
	if r := &o.visit.x.Response; r.Stamp.Seen() {
		f.Evidence = append(f.Evidence, ix.show(o.user, r.Stamp.Frame, false, "%s: the answer to the first request", statusText(r.Status)))
	}
}

// candidates names the users of the requests that the visits of n may belong to.
func (n *nest) candidates(o *Outer) string {
	names := []string{o.user.who()}
	for _, other := range n.others {
		names = appendNew(names, other.user.who())
	}
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

// showVisit is the evidence of an inner exchange: request and answer.
func (ix *Index) showVisit(v *Visit, what string) []report.Evidence {
	l, r := v.leg, &v.x.Request
	out := []report.Evidence{ix.showConn(l, r.Stamp.Frame, true, "%s %s%s", r.Method, clip(r.Target, 80), what)}
	if a := &v.x.Response; a.Stamp.Seen() {
		out = append(out, ix.showConn(l, a.Stamp.Frame, false, "%s", statusText(a.Status)))
	}
	return out
}
