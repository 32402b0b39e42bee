package analysis

import (
	"net/netip"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
)

// Request implements auth.Sink: a request with credentials, or on a connection
// that has an identity, is complete.
func (a *Analysis) Request(x *auth.Exchange) auth.Interest {
	x.StampByPosition()
	a.Advance(x.Request.Stamp.Time)
	conn := a.conn(x)
	if conn.Copied() {
		return a.interest(conn)
	}
	a.ix.NoteAsked(x)
	p := a.newPending(x)
	for i := range x.Request.Credentials {
		p.Handshakes = append(p.Handshakes, a.present(conn, x, &x.Request.Credentials[i]))
	}
	a.wantEverything()
	p.Front = a.openFront(conn, p)
	conn.Waiting = append(conn.Waiting, p)
	return a.interest(conn)
}

// Exchange implements auth.Sink: an exchange is over.
func (a *Analysis) Exchange(x *auth.Exchange) auth.Interest {
	x.StampByPosition()
	at := x.Response.Stamp
	if !at.Seen() {
		at.Time = a.now
	}
	a.Advance(at.Time)
	a.original = nil
	conn := a.conn(x)
	if conn == a.original { // it is known already, as its copy reported it
		a.attachLate(conn)
		a.ix.NoteOffer(&trace.Exchange{Auth: x, Conn: conn, At: at.Time})
		return a.interest(conn)
	}
	if conn.Copied() {
		a.attachLate(a.original)
		if len(x.Request.Credentials) > 0 {
			a.summary.NotRead.Copies++
		}
		return a.interest(conn)
	}
	p := a.takePending(conn, x)
	before := conn.IdentityOf(x.Server)
	a.answer(conn, p)
	noteGap(conn, p)
	seen := &a.current
	*seen = trace.Exchange{Auth: x, Conn: conn, Handshakes: p.Handshakes, Before: before, At: at.Time, Own: p.Front}
	if s, asked := seen.Asked(); asked && len(p.Handshakes) == 0 && x.Request.Captured() && !seen.MayPassOn() {
		conn.Session(s).Identity = nil // the server asks again: it has forgotten
	}
	if conn.Watched && len(x.Request.Credentials) == 0 && !seen.Failed() {
		conn.LastServed = at.Time
		if last := conn.Last; last != nil && last.Trouble == report.ErrorAfter {
			a.passed(last, last)
		}
	}
	a.wantEverything()
	a.setAnswered(conn, p)
	a.ix.NoteOffer(seen)
	a.ix.NotePassing(seen)
	if b := a.ix.TakeSuspect(); b != nil {
		a.schedule(pendingCheck{behind: b})
	}
	a.finishExchange(seen)
	*seen = trace.Exchange{}
	return a.interest(conn)
}

// noteGap notes whether bytes are missing on conn since the last message of a
// handshake was captured there: they may have held one. p is over.
func noteGap(conn *trace.Conn, p *trace.Pending) {
	conn.Gap = conn.Gap || p.Auth.Gap
	for _, h := range p.Reply {
		if h.Frames.Challenge != 0 || h.Frames.Authenticate != 0 {
			conn.Gap = false
		}
	}
}

// interest returns what the analysis wants of conn from now on: logons only, as
// long as nothing else can matter.
func (a *Analysis) interest(conn *trace.Conn) auth.Interest {
	if a.everything || conn.Watched && !conn.Copied() {
		return auth.Everything
	}
	return auth.LogonsOnly
}

// WantsPlain implements auth.PlainSink.
func (a *Analysis) WantsPlain(server netip.Addr) bool { return a.ix.WantsPlain(server) }

// Plain implements auth.PlainSink.
func (a *Analysis) Plain(x *auth.Exchange) {
	if conn := connOf(x.Conn); conn != nil && conn.Copied() || !a.ix.WantsPlain(x.Conn.Server.Addr()) {
		return
	}
	if x.Ending == auth.Open {
		a.Advance(x.Request.Stamp.Time)
		a.ix.NoteAsked(x)
		return
	}
	a.Advance(x.Response.Stamp.Time)
	a.ix.NoteAskedOver(x, a.now)
}

// Unread implements auth.PlainSink.
func (a *Analysis) Unread(server netip.Addr, over bool, at capture.Stamp) {
	a.ix.NoteUnread(server, over, at.Time)
}

// Ticket implements auth.Sink.
func (a *Analysis) Ticket(t *auth.TicketExchange) {
	a.Advance(max(t.Request.Time, t.Response.Time))
}

// Passage implements auth.Sink.
func (a *Analysis) Passage(source int, p *capture.Passage) { a.ix.Machines.Passage(source, p) }

// Complete implements auth.Sink: the body of a message has ended. The frame of
// a message is the one in which it is there as a whole, as Wireshark shows it.
func (a *Analysis) Complete(c *auth.Conn, index int, response bool, at capture.Stamp) {
	conn := connOf(c)
	if conn == nil || conn.Copied() {
		return
	}
	switch p := conn.Find(index); {
	case p == nil:
	case response:
		for _, h := range p.Reply {
			moveFrames(h, p.Frame[1], at.Frame, true)
		}
	default:
		for _, h := range p.Handshakes {
			moveFrames(h, p.Frame[0], at.Frame, false)
		}
	}
}

// moveFrames sets the frames of the messages of h that a request or response
// carried to the frame in which that was complete.
func moveFrames(h *trace.Handshake, from, to int64, response bool) {
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

// finish ends h: it counts from now on, and the rules are asked about it soon.
func (a *Analysis) finish(conn *trace.Conn, h *trace.Handshake) {
	if h.Phase >= trace.Over {
		return
	}
	h.Reach(trace.Over)
	a.details(h)
	if conn.OpenConn != nil {
		conn.Last = h
		if conn.Awaits(h) {
			conn.Session(h.Session).Current = nil
		}
	}
	a.count(h)
	if h.Outcome == report.Accepted && !h.Shared() && !a.ix.Machines.Tiered() {
		a.runRules(pendingCheck{h: h}) // nothing is under way that could change the findings
		if a.out.Judged == nil {
			return
		}
	}
	a.schedule(pendingCheck{h: h})
}

var _ auth.PlainSink = (*Analysis)(nil)

// details returns the details of h for writing. An answer may come after the
// rules were asked: what it adds then is of no use.
func (a *Analysis) details(h *trace.Handshake) *trace.Details {
	if h.Details == nil {
		p := a.spareDetails.Take()
		*p = trace.Details{Target: p.Target[:0]}
		if h.Texts != nil {
			p.Texts = *h.Texts // an answer that comes after the rules were asked
		}
		h.Details, h.Texts = p, &p.Texts
	}
	return h.Details
}

// count adds a handshake that is over to its hop and to the summary.
func (a *Analysis) count(h *trace.Handshake) {
	if h.Conn.Hop.Unlisted {
		a.window.Forced++
	}
	a.ix.AddToHop(h)
	a.summary.Handshakes++
	a.summary.Troubles.Add(h.Trouble, 1)
	if !explained(h.Extra()) {
		a.summary.Unexplained.Add(h.Trouble, 1)
	}
	switch h.Outcome {
	case report.Accepted:
		a.summary.Accepted++
	case report.Denied:
		a.summary.Denied++
	}
}
