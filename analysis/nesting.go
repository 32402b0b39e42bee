package analysis

import (
	"cmp"
	"ntlmtrace/analysis/trace"
	"slices"
)

// open notes a request that its server works on for a user whom it knows.
func (a *Analysis) open(l *trace.Conn, p *trace.Pending) *trace.FrontRequest {
	user := l.IdentityOf(trace.ServerSession(p.Auth))
	for _, h := range p.Handshakes {
		if h.Frames.Authenticate == p.Auth.Request.Stamp.Frame && !h.Session.Proxy {
			user = h
		}
	}
	if user == nil || user.Anonymous {
		return nil
	}
	o := a.outers.Take()
	o.Auth, o.Conn, o.User, o.Start = p.Auth, l, user, p.Auth.Request.Stamp.Time
	if a.waking {
		a.woken = append(a.woken, o)
	} else {
		trace.BeginRequest(l.Server, o)
	}
	return o
}

// listen ends the quiet of connections as soon as a request may have another inside it:
// those under way are told at once, and take their places among the others.
func (a *Analysis) listen() {
	if a.listening || !a.ix.Machines.Tiered() {
		return
	}
	a.listening, a.waking = true, true
	for _, x := range a.opt.Open() {
		a.Request(x)
	}
	a.waking = false
	woken := a.woken
	a.woken = nil
	for at := range woken {
		for o := woken[at].Conn.Server.Data.Newest; o != nil; {
			older := o.Older
			trace.EndRequest(o.Conn.Server, o)
			woken = append(woken, o)
			o = older
		}
	}
	slices.SortStableFunc(woken, func(x, y *trace.FrontRequest) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Auth.Request.Stamp.Frame, y.Auth.Request.Stamp.Frame))
	})
	for _, o := range woken {
		trace.BeginRequest(o.Conn.Server, o)
	}
}

// recycle takes back an Outer that no Visit points to.
func (a *Analysis) recycle(o *trace.FrontRequest) {
	*o = trace.FrontRequest{}
	a.outers.Put(o)
}

// forget drops a request whose connection ended before it was over.
func (a *Analysis) forget(p *trace.Pending) {
	if p.Front != nil {
		trace.EndRequest(p.Front.Conn.Server, p.Front)
		p.Front = nil
	}
}

// visit takes an exchange that is over: for the requests that its client was
// serving it is an inner one; for the rules it is one more; and if it was a
// request of a known user itself, its own verdict is due.
func (a *Analysis) visit(v *trace.Exchange, own *trace.FrontRequest) {
	if a.listening {
		a.attach(v)
	}
	for _, q := range a.onExchange {
		if found := q.ask(&a.ix, v); found != nil {
			a.say(q.rank, found)
		}
	}
	if own == nil {
		return
	}
	trace.EndRequest(own.Conn.Server, own)
	if len(own.Inner) == 0 && own.Dropped == 0 {
		a.recycle(own)
		return
	}
	own.End, own.Own = v.At, v.Keep()
	own.Failed = v.Failed()
	a.due(verdict{outer: own})
}

// attach gives v to the requests under way at the machine that is its client.
func (a *Analysis) attach(v *trace.Exchange) {
	m, c := a.ix.Machines, v.Conn.Client
	if !m.SeveralAddresses(c) {
		a.attachAt(v, c)
		return
	}
	for _, s := range m.AsServer(c.Addr()) {
		a.attachAt(v, m.Known(s))
	}
}

func (a *Analysis) attachAt(v *trace.Exchange, server *trace.Host) {
	began := v.Auth.Request.First.Time
	var kept *trace.Exchange
	for o := trace.UnderWay(server); o != nil; o = o.Newer {
		if o.Conn == v.Conn || o.Start > began {
			continue
		}
		if len(o.Inner) >= trace.MaxInner {
			o.Dropped++
			continue
		}
		if kept == nil {
			copied := v.Keep()
			kept = &copied
		}
		o.Inner = append(o.Inner, kept)
		kept.Fronts = append(kept.Fronts, o)
	}
}
