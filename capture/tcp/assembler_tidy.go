package tcp

import (
	"cmp"
	"math"
	"slices"

	"ntlmtrace/capture"
)

const (
	// tidyEvery is how many packets pass between two calls of tidy: it looks at
	// memory that they do not need.
	tidyEvery = 8
	// tidyBacklogs is how many backlogs one call looks at.
	tidyBacklogs = 2
)

// tidy does a little of what is due: holes are given up in connections that are
// silent, and idle connections end. So none is forgotten, and no packet pays
// for all.
func (a *Assembler) tidy() {
	for range min(tidyBacklogs, len(a.backlogs)-1) {
		a.tidyBacklog()
	}
	if a.conns.fresh > 1 {
		a.tidyConn()
	}
}

// tidyBacklog returns up what is due in the next backlog. There must be one.
func (a *Assembler) tidyBacklog() {
	if a.sweepLate++; a.sweepLate >= len(a.backlogs) {
		a.sweepLate = 1
	}
	if a.held == 0 {
		return // none is in use
	}
	if c := a.backlogs[a.sweepLate].conn; c != nil {
		a.giveUpDueHoles(c)
		if c.flags&connClosed != 0 {
			a.retireConn(c)
		}
	}
}

// tidyConn ends the next connection if it is idle. There must be a place for
// one.
func (a *Assembler) tidyConn() {
	n := a.sweep.next(a.conns.fresh)
	if a.now.Time-a.sweep.oldest <= int64(a.options.Idle) {
		a.sweep.whole = false
		return // none is idle, so this one need not be fetched
	}
	switch c := a.conns.at(n); {
	case c.id == 0:
	case a.now.Time-c.last > int64(a.options.Idle):
		a.dropConn(c, capture.Idle)
	default:
		a.sweep.least = min(a.sweep.least, c.last)
	}
}

// sweep goes round the places for connections, and knows a time before which
// none of them had its last packet: as long as that is not long ago, none need
// be looked at.
type sweep struct {
	at     uint32 // the place that was looked at last
	oldest int64  // no connection had its last packet before it
	low    int64  // the earliest packet since this round began: clocks jump
	least  int64  // the earliest last packet of a connection that this round looked at
	whole  bool   // this round has looked at all of them so far
}

func newSweep() sweep {
	return sweep{oldest: math.MaxInt64, low: math.MaxInt64}
}

// noteTime takes the time of a packet.
func (s *sweep) noteTime(t int64) {
	if t < s.low {
		s.low, s.oldest = t, min(s.oldest, t)
	}
}

// next returns the next of the places below fresh.
func (s *sweep) next(fresh uint32) uint32 {
	if s.at++; s.at >= fresh {
		if s.whole {
			s.oldest = min(s.least, s.low)
		}
		s.at, s.low, s.least, s.whole = 1, math.MaxInt64, math.MaxInt64, true
	}
	return s.at
}

// evictSample is how many connections are compared when some must go. One in
// eight of them goes, so that the cost of one that comes stays the same
// however many there are.
const evictSample = 256

// evictConns ends some connections so that one more can be followed. Of those
// compared go first the ignored ones, then those that had no packet for
// longest.
func (a *Assembler) evictConns() {
	var victims []*Conn
	a.sweep.whole = false
	for range min(evictSample, a.conns.fresh-1) {
		if c := a.conns.at(a.sweep.next(a.conns.fresh)); c.id != 0 {
			victims = append(victims, c)
		}
	}
	slices.SortFunc(victims, func(x, y *Conn) int {
		return cmp.Or(
			cmp.Compare(y.flags&connIgnored, x.flags&connIgnored),
			cmp.Compare(x.last, y.last),
			cmp.Compare(x.id, y.id),
		)
	})
	for _, c := range victims[:min(len(victims), len(victims)/8+1)] {
		a.stats.Evicted++
		a.dropConn(c, capture.Evicted)
	}
}
