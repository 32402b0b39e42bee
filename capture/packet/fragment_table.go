package packet

import (
	"container/list"

	"ntlmtrace/capture/internal/assigned"
)

// fragmentTable holds the datagrams that wait for fragments, those that began
// first in front. The zero value is ready for use.
type fragmentTable struct {
	byKey  map[fragmentKey]*list.Element
	order  list.List // of *partial
	cost   int       // bytes that are held, with what holds them
	frames int64     // fragments that are held

	accepted uint64      // fragments that were ever kept for a datagram that may hold TCP
	last     fragmentKey // of the last of them
}

// open returns the partial of k, made if there is none.
func (f *fragmentTable) open(k *fragmentKey, now int64) *partial {
	if e := f.byKey[*k]; e != nil {
		return e.Value.(*partial)
	}
	if f.byKey == nil {
		f.byKey = make(map[fragmentKey]*list.Element)
	}
	p := &partial{key: *k, first: now, size: -1}
	f.byKey[*k] = f.order.PushBack(p)
	return p
}

// mayHoldTCP reports whether fragments of k wait that may hold TCP.
func (f *fragmentTable) mayHoldTCP(k *fragmentKey) bool {
	e := f.byKey[*k]
	return e != nil && e.Value.(*partial).mayHoldTCP
}

// oldest returns the partial that began first; nil if there is none.
func (f *fragmentTable) oldest() *partial {
	e := f.order.Front()
	if e == nil {
		return nil
	}
	return e.Value.(*partial)
}

// full reports whether a limit is passed.
func (f *fragmentTable) full() bool {
	return f.cost > maxFragmentBytes || f.order.Len() > maxPartials
}

// grow adds a fragment to p, which f holds.
func (f *fragmentTable) grow(p *partial, offset int, data []byte) {
	before := p.cost()
	p.add(offset, data)
	p.frames++
	f.frames++
	if p.mayHoldTCP {
		f.accepted++
		f.last = p.key
	}
	f.cost += p.cost() - before
}

// remove forgets p.
func (f *fragmentTable) remove(p *partial) {
	f.order.Remove(f.byKey[p.key])
	delete(f.byKey, p.key)
	f.cost -= p.cost()
	f.frames -= p.frames
}

// joinFragment adds a fragment to its datagram. If the datagram is whole with
// it, g becomes the datagram, f.proto is that of the fragment at its start, and
// join reports true.
func (d *Decoder) joinFragment(k *fragmentKey, f *fragment, g *ipPayload, now int64) bool {
	d.expireFragments(now)
	mayHoldTCP := d.mayHoldTCP(k, f, g)
	if !mayHoldTCP && !(d.wantsDatagrams && f.proto == assigned.ProtoUDP) {
		return false
	}
	end := f.offset + g.size
	if g.size == 0 || end > maxDatagram || f.more && g.size%8 != 0 {
		return d.fail(malformedFragment)
	}
	if len(g.body) < g.size {
		return d.fail(fragmentCut)
	}
	p := d.fragments.open(k, now)
	if !p.fits(f, end) {
		return d.fail(malformedFragment)
	}
	p.mayHoldTCP = p.mayHoldTCP || mayHoldTCP
	if !f.more {
		p.size = end
	}
	if f.offset == 0 && !p.begun {
		p.begun, p.proto = true, f.proto
	}
	d.fragments.grow(p, f.offset, g.body)
	if p.have != p.size {
		d.limitFragments(p)
		return false
	}
	d.fragments.remove(p)
	f.proto = p.proto
	g.body, g.size = p.whole(), p.size
	return true
}

// mayHoldTCP reports whether the datagram of k may hold a TCP segment. Of UDP
// only tunnels do, and only the fragment that holds the ports can tell:
// fragments that come before it are not known to.
func (d *Decoder) mayHoldTCP(k *fragmentKey, f *fragment, g *ipPayload) bool {
	switch f.proto {
	case assigned.ProtoUDP:
		return f.offset == 0 && len(g.body) >= 8 && tunnelPort(g.body) || d.fragments.mayHoldTCP(k)
	case assigned.ProtoESP:
		return d.fail(unreadESP)
	case assigned.ProtoTCP, assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE, assigned.ProtoAH:
		return true
	case assigned.ProtoHopByHop, assigned.ProtoRouting, assigned.ProtoDestination, assigned.ProtoMobility, assigned.ProtoHIP, assigned.ProtoShim6:
		return k.v6
	}
	return false
}

// expireFragments drops the datagrams that take too long.
func (d *Decoder) expireFragments(now int64) {
	for p := d.fragments.oldest(); p != nil && now-p.first > fragmentAge; p = d.fragments.oldest() {
		d.dropFragments(p, fragmentsMissing)
	}
}

// limitFragments drops datagrams until the limits are kept: p, which has just
// grown, or the oldest.
func (d *Decoder) limitFragments(p *partial) {
	if len(p.parts) > maxParts {
		d.dropFragments(p, fragmentLimit)
	}
	for d.fragments.full() {
		d.dropFragments(d.fragments.oldest(), fragmentLimit)
	}
}

// dropFragments forgets p and counts its fragments.
func (d *Decoder) dropFragments(p *partial, why reason) {
	d.counts[why] += p.frames
	if why == fragmentLimit {
		d.droppedBytes += int64(p.have)
	}
	d.fragments.remove(p)
}
