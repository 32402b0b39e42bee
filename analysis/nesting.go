package analysis

import (
	"cmp"
	"slices"

	"ntlmtrace/analysis/trace"
)

// openFront notes a request that its server works on for a user whom it knows,
// and returns it; nil if no user is known.
func (a *Analysis) openFront(conn *trace.Conn, p *trace.Pending) *trace.FrontRequest {
	user := conn.IdentityOf(p.Auth.Server)
	for _, h := range p.Handshakes {
		if h.Frames.Authenticate == p.Auth.Request.Stamp.Frame && !h.Session.Proxy {
			user = h
		}
	}
	if user == nil || user.Anonymous {
		return nil
	}
	front := a.spareFronts.Take()
	front.Auth, front.Conn, front.User, front.Start = p.Auth, conn, user, p.Auth.Request.Stamp.Time
	if a.opening {
		a.opened = append(a.opened, front)
	} else {
		trace.BeginRequest(conn.Server, front)
	}
	return front
}

// wantEverything asks for every exchange as soon as a request may have another
// inside it. Requests that wait are read at once, and take their places among
// the others.
func (a *Analysis) wantEverything() {
	if a.everything || !a.ix.Machines.Tiered() {
		return
	}
	a.everything, a.opening = true, true
	for _, x := range a.opt.Open() {
		a.Request(x)
	}
	a.opening = false
	woken := a.opened
	a.opened = nil
	for at := range woken {
		for front := woken[at].Conn.Server.Data.Newest; front != nil; {
			older := front.Older
			trace.EndRequest(front.Conn.Server, front)
			woken = append(woken, front)
			front = older
		}
	}
	slices.SortStableFunc(woken, func(x, y *trace.FrontRequest) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Auth.Request.Stamp.Frame, y.Auth.Request.Stamp.Frame))
	})
	for _, front := range woken {
		trace.BeginRequest(front.Conn.Server, front)
	}
}

// releaseFront takes back a request that no Exchange points to.
func (a *Analysis) releaseFront(front *trace.FrontRequest) {
	*front = trace.FrontRequest{}
	a.spareFronts.Put(front)
}

// dropFront drops a request whose connection ended before it was over.
func (a *Analysis) dropFront(p *trace.Pending) {
	if p.Front != nil {
		trace.EndRequest(p.Front.Conn.Server, p.Front)
		p.Front = nil
	}
}

// finishExchange takes an exchange that is over. For the requests that its
// client was serving it is an inner one, and the rules about exchanges are
// asked. If it was a request of a known user itself, the rules about nesting
// are asked soon.
func (a *Analysis) finishExchange(x *trace.Exchange) {
	if a.everything {
		a.attach(x)
	}
	a.keepUnattached(x)
	for _, q := range a.onExchange {
		if found := q.ask(&a.ix, x); found != nil {
			a.addFindings(q.rank, found)
		}
	}
	own := x.Own
	if own == nil {
		return
	}
	trace.EndRequest(own.Conn.Server, own)
	if len(own.Inner) == 0 && own.Dropped == 0 {
		a.releaseFront(own)
		return
	}
	own.End, own.Own = x.At, x.Keep()
	own.Failed = x.Failed()
	a.schedule(pendingCheck{front: own})
}

// attach adds x to the requests under way at the machine that is its client.
func (a *Analysis) attach(x *trace.Exchange) {
	m, c := a.ix.Machines, x.Conn.Client
	if !m.SeveralAddresses(c) {
		a.attachAt(x, c)
		return
	}
	for _, s := range m.AsServer(c.Addr()) {
		a.attachAt(x, m.Known(s))
	}
}

// keepUnattached keeps the first exchange of a connection for attachLate.
func (a *Analysis) keepUnattached(x *trace.Exchange) {
	c := x.Conn.Client
	if a.opt.Taps && x.Auth.Index == 0 && !a.ix.Machines.SeveralAddresses(c) && trace.UnderWay(c) == nil {
		kept := x.Keep()
		x.Conn.Unattached = &kept
	}
}

// attachLate attaches the first exchange of a connection, which may be nil, of
// which a copy has come. Another tap may mark what the capturing machine sent:
// only then it is known which machine the client is, a moment after the exchange
// was reported.
func (a *Analysis) attachLate(original *trace.Conn) {
	if original == nil || original.OpenConn == nil || original.Unattached == nil {
		return
	}
	x := original.Unattached
	original.Unattached = nil
	if a.ix.Machines.SeveralAddresses(original.Client) {
		a.wantEverything()
		a.attach(x)
	}
}

// attachAt adds x to the requests under way at one address of that machine.
func (a *Analysis) attachAt(x *trace.Exchange, server *trace.Host) {
	began := x.Auth.Request.First.Time
	var kept *trace.Exchange
	for front := trace.UnderWay(server); front != nil; front = front.Newer {
		if front.Conn == x.Conn || front.Start > began {
			continue
		}
		x.Inside = true
		if len(front.Inner) >= trace.MaxInner {
			front.Dropped++
			continue
		}
		if kept == nil {
			copied := x.Keep()
			kept = &copied
		}
		front.Inner = append(front.Inner, kept)
		kept.Fronts = append(kept.Fronts, front)
	}
}
