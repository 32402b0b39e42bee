package tcp

import "ntlmtrace/capture"

// takeFIN takes a FIN of direction d that has sequence number seq. It counts
// when the bytes before it were given, or skipped.
func (a *Assembler) takeFIN(c *Conn, d capture.Dir, seq uint32) {
	h := &c.half[d]
	if h.flags&halfFIN != 0 {
		return
	}
	if h.flags&halfStart == 0 {
		h.beginAt(seq, 0)
	}
	switch {
	case h.flags&halfSeen != 0 && after(seq, h.high) < 0:
		return // bytes after it were seen, so it is none
	case h.flags&halfMuted != 0 || h.flags&(halfSYN|halfSeen) == 0 || after(seq, h.next) <= 0:
		a.endDirection(c, d)
	case h.fits(seq):
		q := &a.backlogOf(c).half[d]
		if q.idle() {
			q.opened = a.now.Time
		}
		if !q.ended {
			q.ended, q.fin = true, seq
		}
		a.limitBacklog(c, d)
	}
}

// endDirection ends direction d of c, and c if that was the second one.
func (a *Assembler) endDirection(c *Conn, d capture.Dir) {
	c.half[d].flags |= halfFIN
	a.clearQueue(c, d)
	if c.isGiven() && c.flags&connIgnored == 0 {
		a.consumer.HalfClosed(c, d, a.now)
	}
	if c.half[1-d].flags&halfFIN != 0 && c.flags&connClosed == 0 {
		a.endConn(c, capture.Finished)
	}
}

// endConn ends c. Its place is freed by whoever took the packet, in retireConn
// or dropConn.
func (a *Assembler) endConn(c *Conn, how capture.End) {
	c.flags |= connClosed
	a.flushBacklog(c)
	if c.oneSided() {
		a.stats.OneSided++
	}
	if c.half[0].flags&c.half[1].flags&halfFIN != 0 && how != capture.Reset {
		how = capture.Finished // a FIN had to wait for the end
	}
	switch {
	case !c.isGiven():
	case c.flags&connIgnored == 0:
		a.consumer.Closed(c, a.now, how)
	case a.ignored != nil:
		a.ignored.IgnoredClosed(c, a.now)
	}
}

// retireConn frees the place of c, which FIN or RST ended, and remembers it for
// its late packets.
func (a *Assembler) retireConn(c *Conn) {
	a.closed.add(c, a.now.Time)
	a.conns.remove(c)
}

// dropConn ends c and frees its place. It gives nil.
func (a *Assembler) dropConn(c *Conn, how capture.End) *Conn {
	a.endConn(c, how)
	a.conns.remove(c)
	return nil
}
