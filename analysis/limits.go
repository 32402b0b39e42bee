package analysis

import (
	"net/netip"
)

// limits bounds what is retained: an attacker can make up addresses, users and
// logons without end.
type limits struct {
	handshakes int // in the window, and as many again whose token is remembered
	hops       int
	hosts      int
	rows       int // findings that are told apart
	clocks     int
	copies     int // connections by which copies are known, young and old each
}

// What one of each is reckoned to cost in bytes, with all that it has in tables.
const (
	handshakeCost = 640
	hopCost       = 256
	hostCost      = 320
	rowCost       = 10 << 10
	copyCost      = 512
	clockCost     = 8 << 10 // it holds the handshakes that were made together with its own
)

// limitsOf divides memory, a number of bytes; 0 is the default.
func limitsOf(memory int64) limits {
	l := limits{handshakes: 1 << 18, hops: 1 << 19, hosts: 1 << 19, rows: 1 << 15, clocks: 1 << 13, copies: 1 << 14}
	if memory <= 0 {
		return l
	}
	share := func(most int, sixteenths, cost int64) int {
		return int(min(int64(most), max(memory*sixteenths/16/cost, 64)))
	}
	return limits{
		handshakes: share(1<<24, 6, 2*handshakeCost), hops: share(l.hops, 2, hopCost), hosts: share(l.hosts, 2, hostCost),
		rows: share(l.rows, 4, rowCost), clocks: share(l.clocks, 1, clockCost), copies: share(l.copies, 1, 2*copyCost),
	}
}

// sweepEvery is how long hops and hosts are not swept again after that was of
// little use.
const sweepEvery = int64(60e9)

// sweep makes room for hops and hosts: those that nothing was heard of for longer than
// the window are forgotten, with what they were counted. It reports whether there is room.
func (ix *Index) sweep(now int64) bool {
	if now < ix.nextSweep {
		return false
	}
	kept := ix.hops.list[:0]
	for _, p := range ix.hops.list {
		if now-p.lastBegun <= 2*int64(windowLength) {
			kept = append(kept, p)
		} else {
			ix.forgotten += int64(p.handshakes)
		}
	}
	swept := ix.hops.len() - len(kept)
	clear(ix.hops.list[len(kept):])
	ix.hops.list = kept
	if swept < len(kept)/8 {
		ix.nextSweep = now + sweepEvery
	}
	if swept == 0 {
		return false
	}
	ix.machines.keep(kept)
	ix.hops = table[*hopState]{}
	for _, p := range kept {
		ix.hops.add(p)
	}
	return true
}

// keep forgets all hosts but those of hops, and gives them new numbers.
func (m *machines) keep(hops []*hopState) {
	m.hosts = table[*host]{}
	m.named, m.calling = map[nameHash][]netip.Addr{}, table[nameHash]{}
	m.naming++
	for _, p := range hops {
		for _, h := range [...]*host{p.client, p.server} {
			if m.hosts.find(h.key()) != nil {
				continue
			}
			m.hosts.add(h)
			h.id = uint32(m.hosts.len())
			for _, name := range h.servers {
				k := hashOfName(name)
				m.named[k] = append(m.named[k], h.addr())
			}
			if h.client != 0 {
				m.calling.set(h.client)
			}
		}
	}
}
