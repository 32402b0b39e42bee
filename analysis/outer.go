package analysis

import (
	"slices"

	"ntlmtrace/decode"
)

// Visit is an exchange that is over, as the rules see it.
type Visit struct {
	x      *decode.Exchange
	leg    *leg
	hs     []*Handshake // of its credentials
	before *Handshake   // the identity of the connection before it
	at     int64        // when it was over
	outers []*Outer     // the requests that were under way at its client's machine
	told   bool         // a finding has been made of it
}

// Outer is a request of a user whom its server knows, and what the same
// machine did as a client of others before it answered.
type Outer struct {
	x      *decode.Exchange
	leg    *leg
	user   *Handshake // whose identity the request has
	start  int64
	end    int64 // 0 while it is under way
	inner  []*Visit
	visit  Visit // the outer exchange itself, when it is over
	lost   int   // exchanges that were not kept for their number
	failed bool  // it is over, and was answered 400 or above, or not at all
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
	o := a.ix.outer()
	o.x, o.leg, o.user, o.start = p.x, l, user, p.x.Request.Stamp.Time
	s := l.conn.Server.Addr()
	a.ix.outers[s] = append(a.ix.outers[s], o)
	return o
}

// outer gives an empty Outer, of those that were used before if possible.
func (ix *Index) outer() *Outer {
	if n := len(ix.spare); n > 0 {
		o := ix.spare[n-1]
		ix.spare = ix.spare[:n-1]
		return o
	}
	return &Outer{}
}

// recycle takes back an Outer that no Visit points to.
func (ix *Index) recycle(o *Outer) {
	*o = Outer{}
	if len(ix.spare) < maxOuters {
		ix.spare = append(ix.spare, o)
	}
}

// forget drops a request whose connection ended before it was over.
func (a *Analysis) forget(p *pending) {
	if p.outer != nil {
		a.ix.closeOuter(p.outer)
		p.outer = nil
	}
}

func (ix *Index) closeOuter(o *Outer) {
	s := o.leg.conn.Server.Addr()
	list := ix.outers[s]
	for i, other := range list {
		if other == o {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(ix.outers, s)
	} else {
		ix.outers[s] = list
	}
}

// visit takes an exchange that is over: for the requests that its client was
// serving it is an inner one; for the rules it is one more; and if it was a
// request of a known user itself, its own verdict is due.
func (a *Analysis) visit(v *Visit, own *Outer) {
	a.attach(v)
	for i, r := range a.rules {
		if r.OnExchange != nil {
			a.say(i, r.OnExchange(&a.ix, v))
		}
	}
	if own == nil {
		return
	}
	a.ix.closeOuter(own)
	if len(own.inner) == 0 && own.lost == 0 {
		a.ix.recycle(own)
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
	m := a.ix.machines
	c := v.leg.conn.Client.Addr()
	if len(a.ix.outers) == 0 {
		return
	}
	if !m.severalAddresses(c) {
		a.attachAt(v, c)
		return
	}
	for _, s := range m.asServer(c) {
		a.attachAt(v, s)
	}
}

func (a *Analysis) attachAt(v *Visit, server addr) {
	list := a.ix.outers[server]
	if len(list) == 0 {
		return
	}
	began := v.x.Request.First.Time
	var kept *Visit
	for _, o := range list[max(0, len(list)-maxOuters):] {
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
