package trace

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/ntlm"
)

// RelationKind is how a handshake Y is related to an earlier one X whose
// AUTHENTICATE carries the same response.
type RelationKind uint8

const (
	Again       RelationKind = iota + 1 // on the same connection
	Proxied                             // one logon carried over two connections, with one challenge
	Split                               // on another connection than the one that brought its challenge
	Stale                               // to the same server without a challenge of its own
	OtherClient                         // to the same server, from another machine
	Forwarded                           // to another server, by the server of X
	Replayed                            // to another server, by the client of X
	Unclear                             // a gap hides what decides
	Copy                                // the same presentation, seen on the other side of a proxy
)

// Relation is what is known of two handshakes with the same response.
type Relation struct {
	Kind    RelationKind
	X       *Handshake // the earlier one
	Z       *Handshake // split: the handshake whose connection brought the challenge; may be nil
	Foreign bool       // replayed: by a machine that is neither the token's client nor its server nor a proxy of it

	// Of a logon that is Proxied:
	Passing Passing
	Legit   []string // what speaks for a proxy
	Attack  []string // what speaks for a relay
	Unasked *Unasked // what nobody asked the machine in the middle for; nil if nothing
	marked  bool     // the requests bear marks of a proxy, which an attacker can make
}

// Relate decides what the reuse of a response in y means; it returns nil if the
// response was not seen before. An anonymous or empty response is never
// compared. The order of the tests is that of the decision: see
// ARCHITECTURE.md, "When a token is seen twice".
func (ix *Index) Relate(y *Handshake) *Relation {
	var earlier []*Handshake
	others := ix.tokensLike(y)
	for other := others.Next(); other != nil; other = others.Next() {
		if !other.presentedBefore(y) || other.Conn.twin(y.Conn) {
			continue
		}
		if other.Conn == y.Conn && other.Session == y.Session {
			return &Relation{Kind: Again, X: other}
		}
		earlier = append(earlier, other)
	}
	if len(earlier) == 0 {
		return nil
	}
	nearest := latest(earlier, func(*Handshake) bool { return true })
	// A token that came where its challenge was not issued says nothing of
	// where it belongs: what comes later is compared with the logon itself.
	x := cmp.Or(latest(earlier, func(h *Handshake) bool { return h.Frames.Challenge != 0 && h.Bound != ntlm.No }), nearest)
	r := &Relation{X: x}
	r.Z = ix.passedOn(x)
	switch {
	case r.Z != nil && r.Z.Conn == y.Conn,
		y.Frames.Challenge != 0 && x.Frames.Challenge != 0 && y.ServerChallenge == x.ServerChallenge:
		r.Kind = Proxied
		r.weigh(ix, x, y)
	case r.Z != nil && r.Z.Response != y.Response:
		r.Kind = Split // its challenge was never answered on its own connection
	case ix.copies(nearest, y, nearest != x):
		r.Kind, r.X = Copy, nearest
	case y.Frames.Challenge == 0 && y.Gap:
		r.Kind = Unclear
	default:
		ix.misdirected(r, earlier, y)
	}
	return r
}

// latest returns the one of hs that was presented last among those that are
// wanted, nil if there is none.
func latest(hs []*Handshake, wanted func(*Handshake) bool) *Handshake {
	var last *Handshake
	for _, h := range hs {
		if wanted(h) && (last == nil || last.presentedBefore(h)) {
			last = h
		}
	}
	return last
}

// copies reports whether y is x itself on the other side of a proxy, which
// passes on what its client sends: y is inside x, and goes to the server that x
// is for, or x was a token without its challenge already.
func (ix *Index) copies(x, y *Handshake, reused bool) bool {
	if !ix.Machines.Same(y.Client(), x.Server().Addr()) || x.ResultAt != 0 && y.AuthenticatedAt > x.ResultAt {
		return false
	}
	return ix.SameServer(x, y) && x.Session.Proxy == y.Session.Proxy || reused && x.Frames.Challenge == 0
}

// twin reports whether two connections have the same first sequence numbers:
// they are one, seen twice, even where a lost packet hides that their messages
// agree.
func (c *Conn) twin(m *Conn) bool {
	return c != m && c.KnownFirst && m.KnownFirst && c.First == m.First
}

// presentedBefore reports whether h was presented before y.
func (h *Handshake) presentedBefore(y *Handshake) bool {
	return h.AuthenticatedAt < y.AuthenticatedAt || h.AuthenticatedAt == y.AuthenticatedAt && h.ID < y.ID
}

// passedOn returns the handshake on another connection that x's server got the
// challenge of x on: x is then one half of a logon through a proxy. The client
// of that connection is the machine of x's server or, where no name or mark
// joins the two addresses, the order of the messages shows it. Behind several
// proxies it is the connection of the first, which gets the challenge last. It
// is nil if there is none.
func (ix *Index) passedOn(x *Handshake) *Handshake {
	if x.Frames.Challenge == 0 && x.Details != nil && x.AnsweredIdentity.Time != 0 {
		// Its own challenge was not captured: the token shows which one it
		// answers.
		for _, z := range ix.answeredBy(x) {
			if z.Client() != x.Client() {
				return z
			}
		}
	}
	var next, inside *Handshake
	others := ix.ChallengesLike(x)
	for z := others.Next(); z != nil; z = others.Next() {
		if z.Conn == x.Conn || z.ChallengedAt > x.ChallengedAt {
			continue
		}
		switch {
		case ix.Machines.Same(z.Client(), x.Server().Addr()):
			next = lastChallenged(next, z)
		case z.inside(x):
			inside = lastChallenged(inside, z)
		}
	}
	return cmp.Or(next, inside)
}

// lastChallenged returns the one of two handshakes that got its challenge last.
// The first may be nil.
func lastChallenged(x, y *Handshake) *Handshake {
	if x == nil || x.ChallengedAt < y.ChallengedAt {
		return y
	}
	return x
}

// InFront returns the presentations of the logon of x that proxies in front of
// it passed on to x, the client's own first. They have its token, and its
// challenge.
func (ix *Index) InFront(x *Handshake) (legs []*Handshake) {
	if x.Frames.Challenge == 0 {
		return nil
	}
	others := ix.tokensLike(x)
	for o := others.Next(); o != nil; o = others.Next() {
		if o.Conn != x.Conn && o.Frames.Challenge != 0 && o.ServerChallenge == x.ServerChallenge && o.presentedBefore(x) && !o.Conn.twin(x.Conn) {
			legs = append(legs, o)
		}
	}
	slices.SortFunc(legs, func(a, b *Handshake) int {
		return cmp.Or(cmp.Compare(a.AuthenticatedAt, b.AuthenticatedAt), cmp.Compare(a.ID, b.ID))
	})
	return legs
}

// NoteLogon counts h at its server's machine, if it was accepted: as one that
// was passed on, or as the machine's own.
func (ix *Index) NoteLogon(h *Handshake) {
	if h.Outcome != report.Accepted || h.Frames.Challenge == 0 || h.Session.Proxy {
		return
	}
	if d := &h.Conn.Server.Data; ix.passedOn(h) != nil {
		d.passed++
	} else {
		d.own++
	}
}

// inside reports whether z, by another client, was asked for its challenge
// after x was, and before x got the same one.
func (z *Handshake) inside(x *Handshake) bool {
	return z.Client() != x.Client() && x.NegotiatedAt != 0 && x.NegotiatedAt <= z.NegotiatedAt && z.ChallengedAt <= x.ChallengedAt
}

// misdirected tells apart the ways in which a token comes where its challenge
// was not issued. Earlier are all presentations of it before y, r.X the nearest.
func (ix *Index) misdirected(r *Relation, earlier []*Handshake, y *Handshake) {
	m, x := ix.Machines, r.X
	client := false // the machine that sends y has sent the token before
	for _, other := range earlier {
		client = client || m.SameClient(other.Client(), y.Client())
	}
	// Behind a forward proxy the address is not that of the server.
	byServer := !x.BehindProxy() && m.Same(y.Client(), x.Server().Addr())
	// If the answer to x was lost, nobody knows whether x still waited for it.
	waited := x.ResultAt == 0 && x.Phase < Over || x.ResultAt != 0 && y.AuthenticatedAt <= x.ResultAt
	during := x.AuthenticatedAt <= y.AuthenticatedAt && waited
	begun := x.Frames.Negotiate == 0 || x.Frames.Challenge == 0 // before the capture
	same := ix.SameServer(x, y) || !byServer && ix.namedAlike(x, y)
	switch {
	case same && (client || m.Same(y.Client(), x.Server().Addr())):
		r.Kind = Stale
	case same:
		r.Kind = OtherClient
	case byServer && (y.Conn.Hop.unanswered || begun && !x.Conn.FromStart && !y.Conn.FromStart):
		r.Kind = Unclear // likewise: what passes a challenge on need not forward a token
	case byServer:
		r.Kind = Forwarded
	case client || !during:
		r.Kind, r.Foreign = Replayed, !client
	case begun || y.Conn.Hop.unanswered:
		r.Kind = Unclear // a challenge that was not captured may have gone on to x: a split handshake
	default:
		r.Kind = Forwarded // the front end has a second address
	}
}

// HostOf returns the host of a Host field, lower case, without the port.
func HostOf(s string) string {
	if s != "" && (s[0] == '[' || '0' <= s[0] && s[0] <= '9') {
		if ap, err := netip.ParseAddrPort(s); err == nil {
			return ap.Addr().String()
		}
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.Contains(s[i:], "]") {
		s = s[:i]
	}
	return strings.ToLower(strings.Trim(s, "[]"))
}

// SPNHost returns the host of a service principal name such as
// HTTP/web01.corp.example; "" if it has none.
func SPNHost(spn string) string {
	_, host, ok := strings.Cut(spn, "/")
	if !ok {
		return ""
	}
	host, _, _ = strings.Cut(host, "/")
	return HostOf(host)
}

// SplitFrom returns the handshake on another connection whose CHALLENGE the
// AUTHENTICATE of h answers, where h's own connection brought none, and how
// sure that is; nil if there is none.
func (ix *Index) SplitFrom(h *Handshake) (*Handshake, report.Confidence) {
	const window = 60e9 // nanoseconds: a client answers a challenge at once, or after a prompt
	var best *Handshake
	sure := report.Unsure
	for _, x := range ix.answeredBy(h) {
		if x.ChallengedAt > h.AuthenticatedAt || h.AuthenticatedAt-x.ChallengedAt > window {
			continue
		}
		if x.HasToken() && x.Response != h.Response && x.Frames.Authenticate != 0 {
			continue // that challenge was answered on its own connection
		}
		if x.Frames.Authenticate == 0 && x.Conn.Lost {
			continue // its answer may be among what was lost there
		}
		c := ix.splitConfidence(h, x)
		if c > sure || best == nil && c >= report.Likely {
			best, sure = x, c
		}
	}
	return best, sure
}

// splitConfidence returns how sure it is that h answers the CHALLENGE of x.
func (ix *Index) splitConfidence(h, x *Handshake) report.Confidence {
	m := ix.Machines
	client := m.SameClient(h.Client(), x.Client())
	farm := h.Server() == x.Server() || ix.SameServer(h, x) || client && HostOf(h.Host) == HostOf(x.Host) && h.Host != ""
	bound := h.AnsweredIdentity.Answers(x.Issued()) == ntlm.Yes
	switch {
	case bound && client && farm:
		return report.Sure
	case bound && farm, client && farm && x.Frames.Authenticate == 0:
		return report.Likely
	}
	return report.Unsure
}
