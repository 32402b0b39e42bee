package analysis

import (
	"math"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
)

// newConn returns the state of a new connection.
func (a *Analysis) newConn(c *auth.Conn) *trace.Conn {
	return &trace.Conn{
		Client: a.ix.Machines.Host(c.Client.Addr()), Server: a.ix.Machines.Host(c.Server.Addr()),
		ID: c.ID, First: c.First, RoundTripMicros: uint32(min(c.RoundTrip.Microseconds(), math.MaxUint32)), Source: uint32(c.Source),
		ClientPort: c.Client.Port(), ServerPort: c.Server.Port(), KnownFirst: c.KnownFirst, FromStart: c.FromStart, Tunnel: c.Parent != nil,
	}
}

// connOf returns the state of a connection, nil if it has none.
func connOf(c *auth.Conn) *trace.Conn {
	conn, _ := c.Attached().(*trace.Conn)
	return conn
}

// conn returns the state of the connection of x, new if need be.
func (a *Analysis) conn(x *auth.Exchange) *trace.Conn {
	c := x.Conn
	if conn := connOf(c); conn != nil {
		a.ix.Machines.Active(conn.Client, a.now)
		return conn
	}
	if a.ix.Machines.Full() || a.ix.Hops.Len() >= a.limits.Hops {
		a.ix.Sweep(a.now)
	}
	conn := a.newConn(c)
	c.Attach(conn)
	a.ix.Machines.Meet(conn.Client, conn.Server)
	a.ix.Machines.Active(conn.Client, a.now)
	a.original = a.copies.find(conn, x)
	switch {
	case a.original == nil:
		conn.OpenConn = a.spareConns.Take()
		if conn.Waiting == nil {
			conn.Waiting = conn.FirstWaiting[:0]
		}
		conn.Auth, conn.Hop = c, a.ix.Hop(conn.Client, conn.Server, conn.ServerPort)
		if c.Parent == nil {
			conn.Hop.Connections++
		}
	case a.original.OpenConn != nil && seenFirst(conn, c, a.original):
		a.takePlace(conn, c, a.original)
		conn = a.original
	}
	return conn
}

// newPending returns the record of x, whose request is there.
func (a *Analysis) newPending(x *auth.Exchange) *trace.Pending {
	p := a.sparePending.Take()
	p.Begin(x)
	return p
}

// releasePending takes back the record of a request. It must not hold
// handshakes while it waits to be used again.
func (a *Analysis) releasePending(p *trace.Pending) {
	*p = trace.Pending{}
	a.sparePending.Put(p)
}

// takePending removes and returns the record that was made when the request of
// x was reported, or a new one if x is reported for the first time.
func (a *Analysis) takePending(conn *trace.Conn, x *auth.Exchange) *trace.Pending {
	for i, p := range conn.Waiting {
		if p.Index == x.Index {
			conn.Waiting = slices.Delete(conn.Waiting, i, i+1)
			p.Auth = x // it may be another copy than the one that came with the request
			return p
		}
	}
	return a.newPending(x)
}

// setAnswered makes p the last request of conn that was answered.
func (a *Analysis) setAnswered(conn *trace.Conn, p *trace.Pending) {
	if conn.Answered != nil {
		a.releasePending(conn.Answered)
	}
	conn.Answered = p
	p.Frame[1] = p.Auth.Response.Stamp.Frame
	p.Auth, p.Front = nil, nil
}

// Closed implements auth.Sink.
func (a *Analysis) Closed(c *auth.Conn, at capture.Stamp, how capture.End, lost bool) {
	a.Advance(at.Time)
	conn := connOf(c)
	if conn == nil {
		return
	}
	c.Attach(nil)
	conn.Lost = lost
	if conn.Copied() {
		return
	}
	for _, p := range conn.Waiting {
		a.dropFront(p)
		a.releasePending(p)
	}
	for i := range conn.Sessions {
		if h := conn.Sessions[i].Current; h != nil {
			a.stop(conn, h, at, how)
		}
	}
	if conn.Answered != nil {
		a.releasePending(conn.Answered)
	}
	clear(conn.Waiting)
	*conn.OpenConn = trace.OpenConn{Waiting: conn.Waiting[:0], Prefix: conn.Prefix[:0]}
	a.spareConns.Put(conn.OpenConn)
	conn.OpenConn = nil
}

// stop ends a handshake whose connection has ended before its next message.
func (a *Analysis) stop(conn *trace.Conn, h *trace.Handshake, at capture.Stamp, how capture.End) {
	r := h.NeedExtra()
	r.Ended, r.EndedAt, r.HasEnd = how, at.Time, true
	if h.Outcome == report.Unknown && h.Frames.Authenticate == 0 {
		h.Outcome = report.Incomplete
	}
	if h.Frames.Result == 0 {
		h.AddProblem("the connection ended first: " + how.String())
	}
	a.finish(conn, h)
}
