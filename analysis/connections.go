package analysis

import (
	"math"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"slices"
)

// newLeg gives the state of a connection that is new.
func (a *Analysis) newLeg(c *auth.Conn) *trace.Conn {
	return &trace.Conn{
		Client: a.ix.Machines.Host(c.Client.Addr()), Server: a.ix.Machines.Host(c.Server.Addr()),
		ID: c.ID, First: c.First, RoundTripMicros: uint32(min(c.RoundTrip.Microseconds(), math.MaxUint32)), Source: uint32(c.Source),
		ClientPort: c.Client.Port(), ServerPort: c.Server.Port(), KnownFirst: c.KnownFirst, FromStart: c.FromStart,
	}
}

// legOf gives the state of a connection, nil if it has none.
func legOf(c *auth.Conn) *trace.Conn {
	l, _ := c.Attached().(*trace.Conn)
	return l
}

// leg gives the state of the connection of x, new if need be.
func (a *Analysis) leg(x *auth.Exchange) *trace.Conn {
	c := x.Conn
	if l := legOf(c); l != nil {
		return l
	}
	if a.ix.Machines.Full() || a.ix.Hops.Len() >= a.limits.Hops {
		a.ix.Sweep(a.now)
	}
	l := a.newLeg(c)
	c.Attach(l)
	a.ix.Machines.Meet(l.Client, l.Server)
	if !a.copies.find(l, x) {
		l.OpenConn = a.lives.Take()
		if l.Waiting == nil {
			l.Waiting = l.FirstWaiting[:0]
		}
		l.Hop = a.ix.Hop(l.Client, l.Server, l.ServerPort)
		if c.Parent == nil {
			l.Hop.Connections++
		}
	}
	return l
}

// request makes the record of x, whose request is there.
func (a *Analysis) request(x *auth.Exchange) *trace.Pending {
	p := a.requests.Take()
	p.Begin(x)
	return p
}

// done takes back the record of a request. It must not hold handshakes while it
// waits to be used again.
func (a *Analysis) done(p *trace.Pending) {
	*p = trace.Pending{}
	a.requests.Put(p)
}

// take removes and returns what was noted for x when its request was given, or
// a new record if it is given for the first time.
func (a *Analysis) take(l *trace.Conn, x *auth.Exchange) *trace.Pending {
	for i, p := range l.Waiting {
		if p.Index == x.Index {
			l.Waiting = slices.Delete(l.Waiting, i, i+1)
			p.Auth = x // it may be another copy than the one that came with the request
			return p
		}
	}
	return a.request(x)
}

// answeredBy makes p the last request of l that was answered.
func (a *Analysis) answeredBy(l *trace.Conn, p *trace.Pending) {
	if l.Answered != nil {
		a.done(l.Answered)
	}
	l.Answered = p
	p.Frame[1] = p.Auth.Response.Stamp.Frame
	p.Auth, p.Front = nil, nil
}

// Closed implements auth.Sink.
func (a *Analysis) Closed(c *auth.Conn, at capture.Stamp, how capture.End, lost bool) {
	a.Advance(at.Time)
	l := legOf(c)
	if l == nil {
		return
	}
	c.Attach(nil)
	l.Lost = lost
	if l.Copied() {
		return
	}
	for _, p := range l.Waiting {
		a.forget(p)
		a.done(p)
	}
	for i := range l.Sessions {
		if h := l.Sessions[i].Current; h != nil {
			a.stop(l, h, at, how)
		}
	}
	if l.Answered != nil {
		a.done(l.Answered)
	}
	clear(l.Waiting)
	*l.OpenConn = trace.OpenConn{Waiting: l.Waiting[:0], Prefix: l.Prefix[:0]}
	a.lives.Put(l.OpenConn)
	l.OpenConn = nil
}

// stop ends a handshake whose connection has ended before its next message.
func (a *Analysis) stop(l *trace.Conn, h *trace.Handshake, at capture.Stamp, how capture.End) {
	r := h.NeedExtra()
	r.Ended, r.EndedAt, r.HasEnd = how, at.Time, true
	if h.Outcome == report.Unknown && h.Frames.Authenticate == 0 {
		h.Outcome = report.Incomplete
	}
	if h.Frames.Result == 0 {
		h.AddProblem("the connection ended first: " + how.String())
	}
	a.finish(l, h)
}
