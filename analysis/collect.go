package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
)

// Request implements decode.Sink: a request head with credentials, or on a
// connection that has an identity, is complete.
func (a *Analysis) Request(x *decode.Exchange) {
	a.Advance(x.Request.Stamp.Time)
	l := a.leg(x)
	a.marks(l, x)
	if l.Copied() {
		a.quiet(x.Conn, true)
		return
	}
	p := a.request(x)
	for i := range x.Request.Credentials {
		p.Handshakes = append(p.Handshakes, a.present(l, x, &x.Request.Credentials[i]))
	}
	a.listen()
	p.Front = a.open(l, p)
	l.Waiting = append(l.Waiting, p)
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
	if l.Copied() {
		if len(x.Request.Credentials) > 0 {
			a.summary.NotRead.Copies++
		}
		a.quiet(x.Conn, true)
		return
	}
	p := a.take(l, x)
	before := l.Identity
	for _, s := range [...]trace.Side{trace.Origin, trace.Proxy} {
		a.answer(l, p, s)
	}
	if x.Response.Status == 401 && len(p.Handshakes) == 0 && x.Request.Stamp.Seen() && trace.Persistent(&x.Response) <= 0 {
		l.Identity[trace.Origin] = nil // the server asks again: it has forgotten
	}
	a.listen()
	v := &a.visiting
	*v = trace.Exchange{Auth: x, Conn: l, Handshakes: p.Handshakes, Before: before[trace.Origin], At: at.Time}
	own := p.Front
	a.answeredBy(l, p)
	a.ix.NoteOffer(v)
	a.visit(v, own)
	*v = trace.Exchange{}
	a.quiet(x.Conn, !a.listening && !l.Watched)
}

// quiet sets whether c need not tell all of its exchanges. Without Wake none is
// quiet, and c is not touched: its decoder may run in another goroutine.
func (a *Analysis) quiet(c *decode.Conn, quiet bool) {
	if a.opt.Wake != nil {
		c.Quiet = quiet
	}
}

// marks notes what the packets said of the machine that captured them.
func (a *Analysis) marks(l *trace.Conn, x *decode.Exchange) {
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

// Whole implements decode.Sink: the body of a message has ended. The frame of
// a message is the one in which it is there as a whole, as Wireshark shows it.
func (a *Analysis) Whole(c *decode.Conn, index int, response bool, at capture.Stamp) {
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
		if s := trace.SideOf(h.Proxy); l.Current[s] == h {
			l.Current[s] = nil
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

var _ decode.Sink = (*Analysis)(nil)

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
