package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
)

// Request implements auth.Sink: a request with credentials, or on a connection
// that has an identity, is complete.
func (a *Analysis) Request(x *auth.Exchange) auth.Interest {
	a.Advance(x.Request.Stamp.Time)
	l := a.leg(x)
	a.marks(l, x)
	if l.Copied() {
		return a.interest(l)
	}
	p := a.request(x)
	for i := range x.Request.Credentials {
		p.Handshakes = append(p.Handshakes, a.present(l, x, &x.Request.Credentials[i]))
	}
	a.listen()
	p.Front = a.open(l, p)
	l.Waiting = append(l.Waiting, p)
	return a.interest(l)
}

// Exchange implements auth.Sink: an exchange is over.
func (a *Analysis) Exchange(x *auth.Exchange) auth.Interest {
	at := x.Response.Stamp
	if !at.Seen() {
		at.Time = a.now
	}
	a.Advance(at.Time)
	l := a.leg(x)
	a.marks(l, x)
	if l.Copied() {
		if len(x.Request.Credentials) > 0 {
			a.summary.NotRead.Copies++
		}
		return a.interest(l)
	}
	p := a.take(l, x)
	before := l.IdentityOf(trace.ServerSession(x))
	a.answer(l, p)
	v := &a.visiting
	*v = trace.Exchange{Auth: x, Conn: l, Handshakes: p.Handshakes, Before: before, At: at.Time}
	if s, asked := v.Asked(); asked && len(p.Handshakes) == 0 && x.Request.Captured() {
		l.Session(s).Identity = nil // the server asks again: it has forgotten
	}
	a.listen()
	own := p.Front
	a.answeredBy(l, p)
	a.ix.NoteOffer(v)
	a.visit(v, own)
	*v = trace.Exchange{}
	return a.interest(l)
}

// interest returns what is wanted of l from now on: logons only as long as
// nothing else can matter.
func (a *Analysis) interest(l *trace.Conn) auth.Interest {
	if a.listening || l.Watched && !l.Copied() {
		return auth.Everything
	}
	return auth.LogonsOnly
}

// Ticket implements auth.Sink.
func (a *Analysis) Ticket(t *auth.TicketExchange) {
	a.Advance(max(t.Request.Time, t.Response.Time))
}

// marks notes what the packets said of the machine that captured them.
func (a *Analysis) marks(l *trace.Conn, x *auth.Exchange) {
	if !x.ClientLocal && !x.ServerLocal && !x.ClientArrived && !x.ServerArrived {
		return // as in most files
	}
	m := a.ix.Machines
	if x.ClientLocal {
		m.Mark(l.Client, true)
	}
	if x.ServerLocal {
		m.Mark(l.Server, true)
	}
	if x.ClientArrived {
		m.Mark(l.Client, false)
	}
	if x.ServerArrived {
		m.Mark(l.Server, false)
	}
}

// Complete implements auth.Sink: the body of a message has ended. The frame of
// a message is the one in which it is there as a whole, as Wireshark shows it.
func (a *Analysis) Complete(c *auth.Conn, index int, response bool, at capture.Stamp) {
	l := legOf(c)
	if l == nil || l.Copied() {
		return
	}
	switch p := l.Find(index); {
	case p == nil:
	case response:
		for _, h := range p.Reply {
			moved(h, p.Frame[1], at.Frame, true)
		}
	default:
		for _, h := range p.Handshakes {
			moved(h, p.Frame[0], at.Frame, false)
		}
	}
}

// moved sets the frames of the messages of h that a request or response
// carried to the one in which that was complete.
func moved(h *trace.Handshake, from, to int64, response bool) {
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
func (a *Analysis) finish(l *trace.Conn, h *trace.Handshake) {
	if h.Phase >= trace.Over {
		return
	}
	h.Reach(trace.Over)
	a.pass(h)
	if l.OpenConn != nil {
		l.Last = h
		if l.Awaits(h) {
			l.Session(h.Session).Current = nil
		}
	}
	a.count(h)
	if h.Outcome == report.Accepted && h.Chained&^(1<<trace.SameTime) == 0 && !a.ix.Machines.Tiered() {
		a.decide(verdict{h: h}) // nothing is under way that could tell more of it
		if a.out.Verdict == nil {
			return
		}
	}
	a.due(verdict{h: h})
}

var _ auth.Sink = (*Analysis)(nil)

// pass gives what matters of h until its verdict, to be written. An answer may
// come after the verdict: what it says then is of no use.
func (a *Analysis) pass(h *trace.Handshake) *trace.Details {
	if h.Details == nil {
		p := a.passings.Take()
		*p = trace.Details{Target: p.Target[:0]}
		h.Details = p
	}
	return h.Details
}

// count adds a handshake that is over to its hop and to the summary.
func (a *Analysis) count(h *trace.Handshake) {
	p := h.Conn.Hop
	if p.Unlisted {
		a.window.Forced++
	}
	p.Handshakes++
	p.Facts(h)
	if o := p.Offers; o != nil {
		p.Offers, *o = nil, trace.Offers{}
		a.ix.SpareOffers.Put(o)
	}

	a.summary.Handshakes++
	switch h.Outcome {
	case report.Accepted:
		p.Accepted++
		a.summary.Accepted++
	case report.Denied:
		p.Denied++
		a.summary.Denied++
	}
	a.ix.NoteScheme(p, h)
	a.ix.NoteAccount(p, h)
}
