package capture

import (
	"cmp"
	"slices"
	"time"
)

// A connection that was closed stays for late packets, so that they do not
// look like a new one: as long as a system keeps TIME_WAIT, and not more than so many.
const (
	lingerTime  = int64(60 * time.Second)
	lingerConns = 1 << 16
)

// lingering holds the connections that were closed, the oldest first.
type lingering struct {
	conns []closedConn
	head  int
}

type closedConn struct {
	conn *Conn
	id   int64 // of conn then: its place may be another's now
	at   int64
}

// push adds c.
func (l *lingering) push(c *Conn, at int64) {
	if l.head > len(l.conns)/2 {
		l.conns = slices.Delete(l.conns, 0, l.head)
		l.head = 0
	}
	l.conns = append(l.conns, closedConn{c, c.id, at})
}

// expire gives the oldest connection if its time is over; nil if not.
func (l *lingering) expire(now int64) (c *Conn, ok bool) {
	n := len(l.conns) - l.head
	if n == 0 || n <= lingerConns && now-l.conns[l.head].at <= lingerTime {
		return nil, false
	}
	e := l.conns[l.head]
	l.conns[l.head] = closedConn{}
	l.head++
	if e.conn.id != e.id {
		return nil, true
	}
	return e.conn, true
}

// fin takes a FIN of direction d that has sequence number seq. It counts when
// the bytes before it were given, or skipped.
func (a *Assembler) fin(c *Conn, d Dir, seq uint32) {
	h := &c.half[d]
	if h.flags&halfFIN != 0 {
		return
	}
	if h.flags&halfStart == 0 {
		h.begin(seq, 0)
	}
	switch {
	case h.flags&halfSeen != 0 && after(seq, h.high) < 0:
		return // bytes after it were seen, so it is none
	case h.flags&halfMuted != 0 || h.flags&(halfSYN|halfSeen) == 0 || after(seq, h.next) <= 0:
		a.halfClose(c, d)
	case h.fits(seq):
		q := &a.backlogOf(c).half[d]
		if q.idle() {
			q.opened = a.now.Time
		}
		if !q.ended {
			q.ended, q.fin = true, seq
		}
		a.keepWithin(c, d)
	}
}

// halfClose ends direction d of c, and c if that was the second one.
func (a *Assembler) halfClose(c *Conn, d Dir) {
	c.half[d].flags |= halfFIN
	a.forget(c, d)
	if c.given() && c.flags&connIgnored == 0 {
		a.consumer.HalfClosed(c, d, a.now)
	}
	if c.half[1-d].flags&halfFIN != 0 && c.flags&connClosed == 0 {
		a.end(c, Finished)
	}
}

// end closes c. After FIN or RST it stays for late packets, else its place is free.
func (a *Assembler) end(c *Conn, how End) {
	c.flags |= connClosed
	a.flush(c)
	if c.oneSided() {
		a.stats.OneSided++
	}
	stays := how == Finished || how == Reset
	if c.half[0].flags&c.half[1].flags&halfFIN != 0 && how != Reset {
		how = Finished // a FIN had to wait for the end
	}
	if c.given() && c.flags&connIgnored == 0 {
		a.consumer.Closed(c, a.now, how)
	}
	if stays {
		a.closed.push(c, a.now.Time)
		return
	}
	a.conns.remove(c)
}

// over removes c, and ends it first if it is open. It gives nil.
func (a *Assembler) over(c *Conn, how End) *Conn {
	if c.flags&connClosed == 0 {
		a.end(c, how)
	} else {
		a.conns.remove(c)
	}
	return nil
}

// tidy does with each packet a little of what is due: closed connections go, and
// one backlog and now and then one connection are looked at, so that none is forgotten
// and no packet pays for all.
func (a *Assembler) tidy() {
	for range 2 {
		if c, ok := a.closed.expire(a.now.Time); ok && c != nil {
			a.conns.remove(c)
		}
	}
	if len(a.backlogs) > 1 {
		a.sweepLate = a.sweepLate%(len(a.backlogs)-1) + 1
		if c := a.backlogs[a.sweepLate].conn; c != nil {
			a.settle(c)
		}
	}
	if a.turn++; a.turn%sweepEvery == 0 {
		if c := a.nextConn(); c != nil && c.id != 0 && a.now.Time-c.last > int64(a.options.Idle) {
			a.over(c, Idle)
		}
	}
}

// sweepEvery is how many packets pass between two looks for an idle connection.
const sweepEvery = 8

// nextConn goes round the places for connections.
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

// evict makes room for a connection. Of those compared go first the closed, then
// the ignored ones, then those that had no packet for longest.
func (a *Assembler) evict() {
	var victims []*Conn
	for range min(evictConns, a.conns.fresh-1) {
		if c := a.nextConn(); c.id != 0 {
			victims = append(victims, c)
		}
	}
	const unwanted = connClosed | connIgnored
	slices.SortFunc(victims, func(x, y *Conn) int {
		return cmp.Or(
			cmp.Compare(y.flags&connClosed, x.flags&connClosed),
			cmp.Compare(y.flags&unwanted, x.flags&unwanted),
			cmp.Compare(x.last, y.last),
			cmp.Compare(x.id, y.id),
		)
	})
	for _, c := range victims[:min(len(victims), len(victims)/8+1)] {
		if c.flags&connClosed == 0 {
			a.stats.Evicted++
		}
		a.over(c, Evicted)
	}
}
