package analysis

import (
	"cmp"
	"slices"

	"ntlmtrace/decode"
)

// Visit is an exchange that is over, as the rules see it.
type Visit struct {
	x      *decode.Exchange
	leg    *leg
	hs     []*handshakeState // of its credentials
	before *handshakeState   // the identity of the connection before it
	at     int64             // when it was over
	outers []*Outer          // the requests that were under way at its client's machine
	told   bool              // a finding has been made of it
}

// Outer is a request of a user whom its server knows, and what the same
// machine did as a client of others before it answered.
type Outer struct {
	x            *decode.Exchange
	leg          *leg
	user         *handshakeState // whose identity the request has
	start        int64
	end          int64 // 0 while it is under way
	inner        []*Visit
	visit        Visit  // the outer exchange itself, when it is over
	lost         int    // exchanges that were not kept for their number
	older, newer *Outer // of those under way at its server

	failed bool // it is over, and was answered 400 or above, or not at all
}

// Bounds of what is kept of nesting. A proxy for thousands of users is a
// client in each of their requests: which is whose cannot be told by time then.
const (
	maxOuters = 64 // requests under way at one server that are looked at
	maxInner  = 64 // exchanges kept for one request
)

// open notes a request that its server works on for a user whom it knows.
func (a *Analysis) open(l *leg, p *pending) *Outer {
	user := l.identity[origin]
	for _, h := range p.hs {
		if h.Frames.Authenticate == p.x.Request.Stamp.Frame && !h.Proxy {
			user = h
		}
	}
	if user == nil || user.Anonymous {
		return nil
	}
	o := a.outers.Take()
	o.x, o.leg, o.user, o.start = p.x, l, user, p.x.Request.Stamp.Time
	if a.waking {
		a.woken = append(a.woken, o)
	} else {
		l.server.begin(o)
	}
	return o
}

// listen ends the quiet of connections as soon as a request may have another inside it:
// those under way are told at once, and take their places among the others.
func (a *Analysis) listen() {
	if a.listening || !a.ix.machines.tiered {
		return
	}
	a.listening, a.waking = true, true
	a.opt.Wake()
	a.waking = false
	woken := a.woken
	a.woken = nil
	for at := range woken {
		for o := woken[at].leg.server.newest; o != nil; {
			older := o.older
			o.leg.server.end(o)
			woken = append(woken, o)
			o = older
		}
	}
	slices.SortStableFunc(woken, func(x, y *Outer) int {
		return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.x.Request.Stamp.Frame, y.x.Request.Stamp.Frame))
	})
	for _, o := range woken {
		o.leg.server.begin(o)
	}
}

// recycle takes back an Outer that no Visit points to.
func (a *Analysis) recycle(o *Outer) {
	*o = Outer{}
	a.outers.Put(o)
}

// forget drops a request whose connection ended before it was over.
func (a *Analysis) forget(p *pending) {
	if p.outer != nil {
		p.outer.leg.server.end(p.outer)
		p.outer = nil
	}
}

// visit takes an exchange that is over: for the requests that its client was
// serving it is an inner one; for the rules it is one more; and if it was a
// request of a known user itself, its own verdict is due.
func (a *Analysis) visit(v *Visit, own *Outer) {
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
	own.leg.server.end(own)
	if len(own.inner) == 0 && own.lost == 0 {
		a.recycle(own)
		return
	}
	own.end, own.visit = v.at, v.keep()
	own.failed = v.x.Response.Status >= 400 || v.x.Response.Status == 0
	a.due(verdict{outer: own})
}

// keep gives a copy of v that may be kept.
func (v *Visit) keep() Visit {
	v.x.Keep()
	k := *v
	k.hs = slices.Clone(v.hs) // they are in a record that is used again
	return k
}

// attach gives v to the requests under way at the machine that is its client.
func (a *Analysis) attach(v *Visit) {
	m, c := a.ix.machines, v.leg.client
	if !m.severalAddresses(c) {
		a.attachAt(v, c)
		return
	}
	for _, s := range m.asServer(c.addr()) {
		a.attachAt(v, m.known(s))
	}
}

func (a *Analysis) attachAt(v *Visit, server *host) {
	began := v.x.Request.First.Time
	var kept *Visit
	for o := server.underWay(); o != nil; o = o.newer {
		if o.leg == v.leg || o.start > began {
			continue
		}
		if len(o.inner) >= maxInner {
			o.lost++
			continue
		}
		if kept == nil {
			copied := v.keep()
			kept = &copied
		}
		o.inner = append(o.inner, kept)
		kept.outers = append(kept.outers, o)
	}
}
