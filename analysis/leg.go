package analysis

import (
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

// leg is what the analysis keeps of a connection while it lasts.
type leg struct {
	conn      *decode.Conn
	current   [2]*Handshake // the handshake that waits for its next message, of each side
	identity  [2]*Handshake // the last handshake that was accepted
	last      *Handshake    // the last one that is over
	waiting   []*pending    // requests that were given and not answered yet, oldest first
	key       copyKey
	answered  *pending                            // the last request that was answered, with what its answer said
	copyOf    *leg                                // the same connection, captured at another point
	bleed     bled                                // what told the users of a pooled connection apart
	lost      bool                                // it has ended, and bytes of it are missing in the capture
	forgotten bool                                // auth-not-persisted was said of it
	number    func(source int, frame int64) int64 // Options.Frame
}

// pending is a request that waits for its answer.
type pending struct {
	x     *decode.Exchange
	hs    []*Handshake // the handshakes that its credentials belong to
	outer *Outer       // what its server does meanwhile
	own   [2]*Handshake
	reply [2]*Handshake // the handshake of each side that the answer went on with or ended
}

// leg gives the state of the connection of x, new if need be.
func (a *Analysis) leg(x *decode.Exchange) *leg {
	c := x.Conn
	if l := a.legs[c]; l != nil {
		return l
	}
	l := &leg{conn: c, number: a.opt.Frame}
	a.legs[c] = l
	if l.copyOf = a.copies.find(l, x); l.copyOf == nil {
		a.ix.hopBetween(c.Client.Addr(), c.Server).Connections++
	}
	return l
}

// find gives the request x that waits for its answer; nil if it does not.
func (l *leg) find(x *decode.Exchange) *pending {
	for _, p := range l.waiting {
		if p.x == x {
			return p
		}
	}
	return nil
}

// take removes and returns what was noted for x when its request was given, or
// a new record if it is given for the first time.
func (l *leg) take(x *decode.Exchange) *pending {
	for i, p := range l.waiting {
		if p.x == x {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return p
		}
	}
	return &pending{x: x}
}

// Closed implements decode.Sink.
func (a *Analysis) Closed(c *decode.Conn, at capture.Stamp, how capture.End, lost bool) {
	a.Advance(at.Time)
	l := a.legs[c]
	if l == nil {
		return
	}
	delete(a.legs, c)
	l.lost = lost
	for _, p := range l.waiting {
		a.forget(p)
	}
	for _, h := range l.current {
		if h != nil && !h.over {
			a.stop(l, h, at, how)
		}
	}
	l.current, l.identity, l.last, l.waiting, l.answered = [2]*Handshake{}, [2]*Handshake{}, nil, nil, nil
}

// stop ends a handshake whose connection has ended before its next message.
func (a *Analysis) stop(l *leg, h *Handshake, at capture.Stamp, how capture.End) {
	h.ended, h.endedAt, h.hasEnd = how, at.Time, true
	if h.Outcome == Unknown && h.Frames.Authenticate == 0 {
		h.Outcome = Incomplete
	}
	if h.Frames.Result == 0 {
		h.problem("the connection ended first: " + how.String())
	}
	a.finish(l, h)
}
