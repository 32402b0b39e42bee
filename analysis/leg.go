package analysis

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
)

// side tells the two authentications that one connection can carry apart: the
// client's to the origin server and the client's to a proxy.
type side uint8

const (
	origin side = iota
	proxy
)

func sideOf(proxied bool) side {
	if proxied {
		return proxy
	}
	return origin
}

// leg is what the analysis keeps of a connection as long as one of its
// handshakes is retained; what is needed only while the connection lasts is in
// live.
type leg struct {
	hop    *hopState // nil for a copy of a connection that was captured at another point
	client *host
	server *host
	*live  // nil once the connection has ended, and for a copy

	id         int64     // as decode.Conn.ID
	first      [2]uint32 // as decode.Conn.First, if knownFirst is true
	roundTrip  uint32    // microseconds
	source     uint32
	clientPort uint16
	serverPort uint16
	knownFirst bool
	fromStart  bool
	lost       bool // it has ended, and bytes of it are missing in the capture
	forgotten  bool // auth-not-persisted was said of it
}

// copied reports whether l is a copy of a connection that was captured at another point.
func (l *leg) copied() bool { return l.hop == nil }

func (l *leg) clientAddr() netip.AddrPort { return netip.AddrPortFrom(l.client.addr(), l.clientPort) }
func (l *leg) serverAddr() netip.AddrPort { return netip.AddrPortFrom(l.server.addr(), l.serverPort) }

// export returns what reports say of the connection.
func (l *leg) export() report.Conn {
	return report.Conn{Source: int(l.source), ID: l.id, Client: l.clientAddr(), Server: l.serverAddr()}
}

// rtt gives the round trip to the server; 0 if unknown.
func (l *leg) rtt() time.Duration { return time.Duration(l.roundTrip) * time.Microsecond }

// newLeg gives the state of a connection that is new.
func (a *Analysis) newLeg(c *decode.Conn) *leg {
	return &leg{
		client: a.ix.machines.host(c.Client.Addr()), server: a.ix.machines.host(c.Server.Addr()),
		id: c.ID, first: c.First, roundTrip: uint32(min(c.RoundTrip.Microseconds(), math.MaxUint32)), source: uint32(c.Source),
		clientPort: c.Client.Port(), serverPort: c.Server.Port(), knownFirst: c.KnownFirst, fromStart: c.FromStart,
	}
}

// live is the state of a connection that has not ended.
type live struct {
	current  [2]*handshakeState // the handshake that waits for its next message, of each side; none of them is over
	identity [2]*handshakeState // the last handshake that was accepted
	last     *handshakeState    // the last one that is over
	waiting  []*pending         // requests that were given and not answered yet, oldest first
	room     [1]*pending        // of waiting
	answered *pending           // the last request that was answered, with what its answer said
	bleed    bled               // what told the users of a pooled connection apart
	prefix   []byte             // of the path that the last logon was for, see pathPrefix
}

// pending is a request that waits for its answer, and then for the end of the
// answer's body.
type pending struct {
	x     *decode.Exchange  // nil once it is answered
	index int               // of the exchange
	frame [2]int64          // where the heads of request and answer are complete
	hs    []*handshakeState // the handshakes that its credentials belong to
	outer *Outer            // what its server does meanwhile
	own   [2]*handshakeState
	reply [2]*handshakeState // the handshake of each side that the answer went on with or ended
}

// legOf gives the state of a connection, nil if it has none.
func legOf(c *decode.Conn) *leg {
	l, _ := c.State.(*leg)
	return l
}

// leg gives the state of the connection of x, new if need be.
func (a *Analysis) leg(x *decode.Exchange) *leg {
	c := x.Conn
	if l := legOf(c); l != nil {
		return l
	}
	if a.ix.machines.hosts.len() >= a.limits.hosts || a.ix.hops.len() >= a.limits.hops {
		a.ix.sweep(a.now)
	}
	l := a.newLeg(c)
	c.State = l
	a.ix.machines.meet(l.client, l.server)
	if !a.copies.find(l, x) {
		l.live = a.lives.Take()
		if l.waiting == nil {
			l.waiting = l.room[:0]
		}
		l.hop = a.ix.hop(l.client, l.server, l.serverPort)
		l.hop.connections++
	}
	return l
}

// request makes the record of x, whose request is there.
func (a *Analysis) request(x *decode.Exchange) *pending {
	p := a.requests.Take()
	*p = pending{x: x, index: x.Index, frame: [2]int64{x.Request.Stamp.Frame}}
	p.hs = p.own[:0]
	return p
}

// done takes back the record of a request. It must not hold handshakes while it
// waits to be used again.
func (a *Analysis) done(p *pending) {
	*p = pending{}
	a.requests.Put(p)
}

// find gives the request number index that waits for its answer, or for the
// end of its answer; nil if there is none.
func (l *live) find(index int) *pending {
	if p := l.answered; p != nil && p.index == index {
		return p
	}
	for _, p := range l.waiting {
		if p.index == index {
			return p
		}
	}
	return nil
}

// take removes and returns what was noted for x when its request was given, or
// a new record if it is given for the first time.
func (a *Analysis) take(l *leg, x *decode.Exchange) *pending {
	for i, p := range l.waiting {
		if p.index == x.Index {
			l.waiting = slices.Delete(l.waiting, i, i+1)
			p.x = x // it may be another copy than the one that came with the request
			return p
		}
	}
	return a.request(x)
}

// answeredBy makes p the last request of l that was answered.
func (a *Analysis) answeredBy(l *leg, p *pending) {
	if l.answered != nil {
		a.done(l.answered)
	}
	l.answered = p
	p.frame[1] = p.x.Response.Stamp.Frame
	p.x, p.outer = nil, nil
}

// Closed implements decode.Sink.
func (a *Analysis) Closed(c *decode.Conn, at capture.Stamp, how capture.End, lost bool) {
	a.Advance(at.Time)
	l := legOf(c)
	if l == nil {
		return
	}
	c.State = nil
	l.lost = lost
	if l.copied() {
		return
	}
	for _, p := range l.waiting {
		a.forget(p)
		a.done(p)
	}
	for _, h := range l.current {
		if h != nil {
			a.stop(l, h, at, how)
		}
	}
	if l.answered != nil {
		a.done(l.answered)
	}
	clear(l.waiting)
	*l.live = live{waiting: l.waiting[:0], prefix: l.prefix[:0]}
	a.lives.Put(l.live)
	l.live = nil
}

// stop ends a handshake whose connection has ended before its next message.
func (a *Analysis) stop(l *leg, h *handshakeState, at capture.Stamp, how capture.End) {
	r := h.own()
	r.ended, r.endedAt, r.hasEnd = how, at.Time, true
	if h.Outcome == report.Unknown && h.Frames.Authenticate == 0 {
		h.Outcome = report.Incomplete
	}
	if h.Frames.Result == 0 {
		h.problem("the connection ended first: " + how.String())
	}
	a.finish(l, h)
}

// lastOver gives the last handshake of l that is over, nil if l has ended.
func (l *leg) lastOver() *handshakeState {
	if l.live == nil {
		return nil
	}
	return l.last
}
