package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
)

// Request implements decode.Sink: a request head with credentials, or on a
// connection that has an identity, is complete.
func (a *Analysis) Request(x *decode.Exchange) {
	a.Advance(x.Request.Stamp.Time)
	l := a.leg(x)
	a.marks(l, x)
	if l.copied() {
		a.quiet(x.Conn, true)
		return
	}
	p := a.request(x)
	for i := range x.Request.Credentials {
		p.hs = append(p.hs, a.present(l, x, &x.Request.Credentials[i]))
	}
	a.listen()
	p.outer = a.open(l, p)
	l.waiting = append(l.waiting, p)
}

// Exchange implements decode.Sink: an exchange is over.
func (a *Analysis) Exchange(x *decode.Exchange) {
	at := x.Response.Stamp
	if !at.Seen() {
		at.Time = a.now
	}
	a.Advance(at.Time)
	l := a.leg(x)
	a.marks(l, x)
	if l.copied() {
		if len(x.Request.Credentials) > 0 {
			a.summary.NotRead.Copies++
		}
		a.quiet(x.Conn, true)
		return
	}
	p := a.take(l, x)
	before := l.identity
	for _, s := range [...]side{origin, proxy} {
		a.answer(l, p, s)
	}
	if x.Response.Status == 401 && len(p.hs) == 0 && x.Request.Stamp.Seen() && persistent(&x.Response) <= 0 {
		l.identity[origin] = nil // the server asks again: it has forgotten
	}
	a.listen()
	a.quiet(x.Conn, !a.listening && !l.bleed.watch)
	v := &a.visiting
	*v = Visit{x: x, leg: l, hs: p.hs, before: before[origin], at: at.Time}
	own := p.outer
	a.answeredBy(l, p)
	a.ix.offered(v)
	a.visit(v, own)
	*v = Visit{}
}

// quiet sets whether c need not tell all of its exchanges. Without Wake none is
// quiet, and c is not touched: its decoder may run in another goroutine.
func (a *Analysis) quiet(c *decode.Conn, quiet bool) {
	if a.opt.Wake != nil {
		c.Quiet = quiet
	}
}

// marks notes what the packets said of the machine that captured them.
func (a *Analysis) marks(l *leg, x *decode.Exchange) {
	if !x.ClientLocal && !x.ServerLocal && !x.ClientArrived && !x.ServerArrived {
		return // as in most files
	}
	m := a.ix.machines
	if x.ClientLocal {
		m.marked(l.client, true)
	}
	if x.ServerLocal {
		m.marked(l.server, true)
	}
	if x.ClientArrived {
		m.marked(l.client, false)
	}
	if x.ServerArrived {
		m.marked(l.server, false)
	}
}

// Whole implements decode.Sink: the body of a message has ended. The frame of
// a message is the one in which it is there as a whole, as Wireshark shows it.
func (a *Analysis) Whole(c *decode.Conn, index int, response bool, at capture.Stamp) {
	l := legOf(c)
	if l == nil || l.copied() {
		return
	}
	switch p := l.find(index); {
	case p == nil:
	case response:
		for _, h := range p.reply {
			h.moved(p.frame[1], at.Frame, true)
		}
	default:
		for _, h := range p.hs {
			h.moved(p.frame[0], at.Frame, false)
		}
	}
}

// moved sets the frames of the messages of h that a request or response
// carried to the one in which that was complete.
func (h *handshakeState) moved(from, to int64, response bool) {
	if h == nil {
		return
	}
	f := [...]*int64{&h.Frames.Negotiate, &h.Frames.Authenticate}
	if response {
		f = [...]*int64{&h.Frames.Challenge, &h.Frames.Result}
	}
	for _, frame := range f {
		if *frame == from {
			*frame = to
		}
	}
}

// finish ends h: it counts from now on, and its verdict is due.
func (a *Analysis) finish(l *leg, h *handshakeState) {
	if h.over {
		return
	}
	h.over = true
	a.pass(h)
	if l.live != nil {
		l.last = h
		if s := sideOf(h.Proxy); l.current[s] == h {
			l.current[s] = nil
		}
	}
	a.count(h)
	if h.Outcome == report.Accepted && h.chained&^(1<<sameTime) == 0 && !a.ix.machines.tiered {
		a.decide(verdict{h: h}) // nothing is under way that could tell more of it
		if a.out.Verdict == nil {
			return
		}
	}
	a.due(verdict{h: h})
}

var _ decode.Sink = (*Analysis)(nil)
