package capture

import (
	"cmp"
	"slices"
)

const (
	// tidyEvery is how many packets pass between two calls of tidy: it looks at
	// memory that they do not need.
	tidyEvery = 8
	// tidyBacklogs is how many backlogs one call looks at.
	tidyBacklogs = 2
)

// tidy does a little of what is due: holes are given up in connections that are
// silent, and idle connections end. So none is forgotten, and no packet pays for all.
func (a *Assembler) tidy() {
	for range min(tidyBacklogs, len(a.backlogs)-1) {
		a.tidyBacklog()
	}
	a.tidyConn()
}

// tidyBacklog gives up what is due in the next backlog. There must be one.
func (a *Assembler) tidyBacklog() {
	a.sweepLate = a.sweepLate%(len(a.backlogs)-1) + 1
	if c := a.backlogs[a.sweepLate].conn; c != nil {
		a.settle(c)
		a.retire(c)
	}
}

// tidyConn ends the next connection if it is idle.
func (a *Assembler) tidyConn() {
	if c := a.nextConn(); c != nil && c.id != 0 && a.now.Time-c.last > int64(a.options.Idle) {
		a.over(c, Idle)
	}
}

// nextConn goes round the places for connections; nil if there are none.
func (a *Assembler) nextConn() *Conn {
	if a.conns.fresh <= 1 {
		return nil
	}
	a.sweep = a.sweep%(a.conns.fresh-1) + 1
	return a.conns.at(a.sweep)
}

// evictConns is how many connections are compared when some must go. One in
// eight of them goes, so that the cost of one that comes stays the same
// however many there are.
const evictConns = 256

// evict makes room for a connection. Of those compared go first the ignored
// ones, then those that had no packet for longest.
func (a *Assembler) evict() {
	var victims []*Conn
	for range min(evictConns, a.conns.fresh-1) {
		if c := a.nextConn(); c.id != 0 {
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
		a.over(c, Evicted)
	}
}
