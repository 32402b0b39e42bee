package analysis

import (
	"net/netip"
	"slices"
	"strings"
)

// nest is what one request made its server do at one other server.
type nest struct {
	server netip.AddrPort
	visits []*Visit
}

// nests groups the inner exchanges of o by the server that they went to, in
// the order of their beginning. Where the same logon goes on to that server,
// it is no new identity and left out: the rules about tokens speak of it.
func (ix *Index) nests(o *Outer) []nest {
	through := ix.passedOn(o.user)
	var out []nest
	for _, v := range o.inner {
		s := v.leg.conn.Server
		if s == o.leg.conn.Server || ix.machines.same(s.Addr(), o.leg.conn.Server.Addr()) || through != nil && through.server() == s {
			continue
		}
		i := slices.IndexFunc(out, func(n nest) bool { return n.server == s })
		if i < 0 {
			i = len(out)
			out = append(out, nest{server: s})
		}
		out[i].visits = append(out[i].visits, v)
	}
	return slices.DeleteFunc(out, func(n nest) bool { return n.sameLogon(o) })
}

// sameLogon reports whether the credentials of o itself are used in n: the
// token, or the user name and password.
func (n *nest) sameLogon(o *Outer) bool {
	for _, v := range n.visits {
		for _, h := range v.hs {
			if h.hasToken() && h.response == o.user.response || h.Mechanism == "Basic" && o.user.Mechanism == "Basic" && h.basic == o.user.basic {
				return true
			}
		}
	}
	return false
}

// logons gives the handshakes of n that presented credentials.
func (n *nest) logons() []*Handshake {
	var out []*Handshake
	for _, v := range n.visits {
		for _, h := range v.hs {
			if h.Frames.Authenticate != 0 && !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

// owner tells whether the inner exchange v belongs to o, if several requests
// were under way when it began: by what the front end copied into it, and by
// how the requests ended. others are those that it may belong to as well.
func (ix *Index) owner(v *Visit, o *Outer, failed bool) (mine bool, others []*Outer) {
	best, score := []*Outer(nil), -1
	for _, other := range v.outers {
		if other.end != 0 && other.end < v.at {
			continue // it was over before the inner exchange was
		}
		if other != o && other.end != 0 && other.failed != failed || other.explained(v) {
			continue
		}
		switch s := copied(v, other); {
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

// explained reports whether o has another explanation for its end than v.
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
	in, out := &v.x.Request, &o.p.x.Request
	score := 0
	client := o.leg.conn.Client.Addr().String()
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
func (ix *Index) nestedFinding(c Confidence, o *Outer, others []*Outer, inner ...*Handshake) *Finding {
	f := finding(c.lower(len(others) > 0, o.lost > 0), o.user.client(), o.user.Account(), append([]*Handshake{o.user}, inner...)...)
	f.addServer(o.leg.conn.Server)
	f.Evidence = []Evidence{o.user.showCredentials(o.user.answersText())}
	if at := o.p.x.Request.Stamp.Frame; at != o.user.Frames.Authenticate {
		f.Evidence = append(f.Evidence, o.user.show(at, true, "%s %s on the same connection", o.p.x.Request.Method, clip(o.p.x.Request.Target, 80)))
	}
	return f
}

// close adds what the outer request was answered.
func (f *Finding) answered(o *Outer) {
	if r := &o.visit.x.Response; r.Stamp.Seen() {
		f.Evidence = append(f.Evidence, o.user.show(r.Stamp.Frame, false, "%s: the answer to the first request", statusText(r.Status)))
	}
}

// candidates names the users of the requests that a nested exchange may belong to.
func candidates(o *Outer, others []*Outer) string {
	names := []string{o.user.who()}
	for _, other := range others {
		names = appendNew(names, other.user.who())
	}
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

// showVisit is the evidence of an inner exchange: request and answer.
func showVisit(v *Visit, what string) []Evidence {
	h := &Handshake{Conn: v.leg.conn}
	r := &v.x.Request
	out := []Evidence{h.show(r.Stamp.Frame, true, "%s %s%s", r.Method, clip(r.Target, 80), what)}
	if a := &v.x.Response; a.Stamp.Seen() {
		out = append(out, h.show(a.Stamp.Frame, false, "%s", statusText(a.Status)))
	}
	return out
}
