package trace

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// Behind is a connection over which another machine carries a logon on: what
// was asked on it since, and for which requests of clients.
type Behind struct {
	Conn  *Conn
	X     *Handshake // of the client whose logon it is; nil if it is no NTLM logon
	Y     *Handshake // of the connection itself; likewise
	Front ConnKey    // the client's connection

	// Relayed is true once the rules were told that the logon was relayed.
	Relayed bool
	// Unasked is what was asked although no client asked for it; nil if
	// nothing was.
	Unasked *Unasked

	client netip.Addr // the client whose logon it is
	server netip.Addr // the front end, as that client addressed it
	// fronts is what that was asked, and what the machine of Conn's client was
	// at its other addresses: that may be another one, behind a leg of the logon
	// that was not captured.
	fronts  []*frontEnd
	named   bool   // the request with the logon names that client
	logon   bool   // the credentials were seen since, with the path that they came with
	alike   int    // requests that a client asked for, by a path that ends alike
	other   int    // requests that came while a client waited for another path
	unsure  bool   // something was asked for that may have been asked where it cannot be seen
	gaps    bool   // messages are missing: nothing can be said of requests without counterpart
	weighed bool   // the rules have been told of Unasked
	last    *Asked // for which the exchange was made that was noted last
}

// Unasked is a request that nobody asked for on the other side of a proxy.
type Unasked struct {
	At       int64
	Evidence []report.Evidence
	Text     string // method and path

	method, tail string
}

// clockSlack is how much later than the request that it causes a request may
// seem to be, where two taps have clocks of their own.
const clockSlack = int64(5e6)

// behindOf returns what is known of the connection of x, which is over. A
// CHALLENGE that came from another connection, or a ticket that did, makes that
// one be behind a front end.
func (ix *Index) behindOf(x *Exchange) *Behind {
	for _, h := range x.Handshakes {
		switch {
		case h.Frames.Challenge != 0 && h.Frames.Authenticate == 0 && h.Shared():
			if z := ix.passedOn(h); z != nil && !z.Conn.twin(h.Conn) {
				ix.putBehind(&Behind{Conn: z.Conn, X: h, Y: z, Front: h.Conn.Key(), client: h.Client()}, h.Server().Addr())
				ix.Watch(h.Conn)
			}
		case h.Mechanism == Kerberos:
			if t, ok := ix.ticketCameOn(x.Auth); ok && t.conn != x.Conn.Key() && t.client != h.Client() && ix.Machines.Same(h.Client(), t.server) {
				ix.putBehind(&Behind{Conn: x.Conn, Front: t.conn, client: t.client}, t.server)
			}
		}
	}
	return ix.fronts.behind.Get(x.Conn.Key())
}

func (ix *Index) putBehind(b *Behind, front netip.Addr) {
	b.server = front
	for _, a := range append(ix.Machines.AsServer(b.Conn.Client.Addr()), front) {
		if e := ix.want(a); e != nil {
			b.fronts = AppendNew(b.fronts, e)
		} else {
			b.gaps = true
		}
	}
	ix.fronts.behind.Set(b.Conn.Key(), b)
	ix.Watch(b.Conn)
}

// asked yields what the front ends of b were asked.
func (b *Behind) asked(yield func(*Asked) bool) {
	for _, e := range b.fronts {
		for _, a := range e.asked {
			if !yield(a) {
				return
			}
		}
	}
}

// ticketCameOn returns the connection that the Kerberos token of x came on
// first.
func (ix *Index) ticketCameOn(x *auth.Exchange) (ticketSeen, bool) {
	for i := range x.Request.Credentials {
		if t := x.Request.Credentials[i].Token; t != nil && t.Kerberos != nil && ix.fronts.tickets.Has(t.Digest) {
			return ix.fronts.tickets.Get(t.Digest), true
		}
	}
	return ticketSeen{}, false
}

// NotePassing notes for which request of a client an exchange was made that is
// over, if its connection carries the logon of a client on.
func (ix *Index) NotePassing(x *Exchange) {
	if len(ix.fronts.byAddr) > 0 {
		ix.NoteAskedOver(x.Auth, x.At)
	}
	if len(x.Handshakes) > 0 && x.Auth.Forwards() {
		ix.wantMachine(x.Conn.Client.Addr())
	}
	b := ix.behindOf(x)
	if b == nil || b.Conn != x.Conn {
		return
	}
	b.last = nil
	r := &x.Auth.Request
	if !r.Captured() {
		b.gaps = true
		return
	}
	b.gaps = b.gaps || x.Auth.Gap
	switch {
	case presents(r):
		b.noteLogon(x)
	case b.logon:
		b.noteRequest(ix, x)
	}
}

// noteLogon notes the request with the credentials that came through.
func (b *Behind) noteLogon(x *Exchange) {
	b.logon = true
	b.named = x.Auth.Mark(auth.Via) != "" || NamesClient(x.Auth, b.client)
	// The client waits for its answer: the last that it asked is what this is
	// made for.
	var last *Asked
	for a := range b.asked {
		if a.Conn == b.Front && !a.taken && a.at <= x.Auth.Request.First.Time+clockSlack && (last == nil || a.at > last.at) {
			last = a
		}
	}
	if last == nil {
		return
	}
	last.taken, b.last = true, last
	if last.method == x.Auth.Target.Verb && endAlike(last.tail, tailOf(x.Auth.Mark(auth.Path))) {
		b.alike++
	} else {
		b.other++
	}
}

// presents reports whether a request carries the message of a handshake that
// logs on.
func presents(r *auth.Message) bool {
	for i := range r.Credentials {
		if t := r.Credentials[i].Token; t != nil && (t.Authenticate != nil || t.Kerberos != nil) {
			return true
		}
	}
	return false
}

// noteRequest notes a request without credentials behind the logon.
func (b *Behind) noteRequest(ix *Index, x *Exchange) {
	u := &Unasked{At: x.Auth.Request.First.Time, method: strings.Clone(x.Auth.Target.Verb), tail: tailOf(x.Auth.Mark(auth.Path))}
	switch a, alike := b.counterpart(ix, u); {
	case a != nil:
		a.taken, b.last = true, a
		if alike {
			b.alike++
		} else {
			b.other++
		}
	case b.Unasked != nil || b.gaps || namesOther(x.Auth, b.client):
		// What is asked for another client is not what a relay does.
	default:
		u.Text = TargetText(x.Auth)
		u.Evidence = ix.ShowExchange(x, ", which nobody asked "+b.Conn.Client.Addr().String()+" for")
		b.Unasked = u
		ix.fronts.suspect = b
	}
}

// counterpart returns the request of a client that u was made for: of the
// client whose logon it is, else of another; by its path, else because the
// client waits. It is nil if there is none.
func (b *Behind) counterpart(ix *Index, u *Unasked) (found *Asked, alike bool) {
	best := 0
	for a := range b.asked {
		if a.taken || a.method != u.method || a.at > u.At+clockSlack {
			continue
		}
		waits := a.over == 0 || a.over >= u.At
		same := endAlike(a.tail, u.tail)
		score := 0
		switch own := a.Conn == b.Front; {
		case own && same && waits:
			score = 6
		case own && same:
			score = 5
		case same && waits && ix.Machines.SameClient(a.Client.Addr(), b.client):
			score = 4
		case same && waits:
			score = 3
		case own && waits:
			score = 2
		case waits && b.alike == 0:
			score = 1 // a proxy that rewrites every path
		}
		if score > best {
			best, found, alike = score, a, same
		}
	}
	return found, alike
}

// AskedFor returns the request of a client that x, which is noted, was made
// for; nil if that is not known. Through is true if the connection of x carries
// the logon of a client on.
func (ix *Index) AskedFor(x *Exchange) (a *Asked, b *Behind) {
	if b = ix.fronts.behind.Get(x.Conn.Key()); b == nil || b.Conn != x.Conn {
		return nil, nil
	}
	return b.last, b
}

// TakeSuspect returns the connection on which the exchange that was noted last
// asked for what nobody wanted, nil if it did not.
func (ix *Index) TakeSuspect() *Behind {
	b := ix.fronts.suspect
	ix.fronts.suspect = nil
	return b
}

// Suspicious reports whether a request on b that nobody asked for is still
// without explanation, now that the messages beside it are known, and no rule
// has heard of it.
func (ix *Index) Suspicious(b *Behind) bool {
	u := b.Unasked
	if u == nil || b.weighed || b.Y == nil {
		return false
	}
	if b.gaps || slices.ContainsFunc(b.fronts, func(e *frontEnd) bool { return e.gap != 0 && e.gap > u.At-int64(2e9) && e.gap < u.At+int64(2e9) }) {
		b.Unasked, b.gaps, b.unsure = nil, true, true
		return false
	}
	if ix.mayBeAskedUnseen(b, u.At) {
		b.Unasked, b.unsure = nil, true
		return false
	}
	if a, _ := b.counterpart(ix, u); a != nil {
		a.taken, b.Unasked = true, nil
		return false
	}
	return true
}

// mayBeAskedUnseen reports whether somebody may have asked the front end of b
// at a time for what b asks then, where it cannot be seen.
func (ix *Index) mayBeAskedUnseen(b *Behind, at int64) bool {
	return ix.fronts.askedUnseen(b.server, at) || slices.ContainsFunc(ix.Machines.AsServer(b.Conn.Client.Addr()), func(a netip.Addr) bool {
		return ix.fronts.askedUnseen(a, at)
	})
}

// Heard notes that the rules have been asked about what b asked for.
func (b *Behind) Heard() { b.weighed = true }

// isOf reports whether b is about the logon of y that x passed on.
func (b *Behind) isOf(x, y *Handshake) bool { return b != nil && b.X == x && b.Y == y }

var agentSeed = maphash.MakeSeed()

// agentKey returns the number that stands for a User-Agent.
func agentKey(agent string) uint64 { return maphash.String(agentSeed, agent) | 1 }

// AgentKey returns the number that stands for the User-Agent of x; 0 if it has
// none.
func AgentKey(x *auth.Exchange) uint64 {
	if agent := x.Mark(auth.Agent); agent != "" {
		return agentKey(agent)
	}
	return 0
}

// Client returns the client whose logon b carries on.
func (b *Behind) Client() netip.Addr { return b.client }

// CameThrough returns the handshake on a client's connection that carried the
// token of h first; nil if there is none.
func (ix *Index) CameThrough(h *Handshake) *Handshake {
	others := ix.tokensLike(h)
	for x := others.Next(); x != nil; x = others.Next() {
		if x.Conn != h.Conn && x.presentedBefore(h) && !x.Conn.twin(h.Conn) {
			return x
		}
	}
	return nil
}

// ShowAsked is the evidence of a request of a client to a front end.
func (ix *Index) ShowAsked(a *Asked) report.Evidence {
	return report.Evidence{Source: int(a.Source), Frame: a.Frame, Text: a.Client.Addr().String() + " -> " + a.Server.String() + "   " + a.Text + ", on another connection"}
}
