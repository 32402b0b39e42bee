package capture

// usual takes a segment of c, a place for a connection, if it is what nearly all are: of a connection that
// nobody wants, an acknowledgement, the bytes that come next, or a part of a body that is
// skipped. It reports false, and has done nothing, for all others. What it does is what
// segmentOf does with the same segment, without the questions that do not arise: FuzzPackets
// holds the two together.
func (a *Assembler) usual(c *Conn, t *tcpSegment) bool {
	if c.flags&(connBoth|connClosed) != connBoth || t.flags&(flagSYN|flagFIN|flagRST) != 0 ||
		t.Time-c.last > int64(a.options.Idle) || !c.is(&t.key) {
		return false
	}
	h, n := &c.half[t.dir], len(t.payload)
	end := t.seq + uint32(n)
	if c.flags&connIgnored != 0 {
		n = 0 // whatever there is
	} else if c.backlog != 0 || t.cut != 0 || h.flags&(halfFIN|halfMuted) != 0 {
		return false
	} else if n > 0 && t.seq != h.next {
		if fresh := after(end, h.high); after(end, h.next) > 0 || fresh <= 0 || fresh > MaxSkip {
			return false
		}
	}
	a.stats.TCP++
	a.now = t.Stamp
	a.sweep.saw(t.Time)
	if a.turn++; a.turn%tidyEvery == 0 {
		a.tidy()
	}
	c.last = t.Time
	h.mark(t.mark)
	if n == 0 {
		return true
	}
	next := t.seq == h.next
	h.saw(end, identity(t))
	if next {
		a.give(c, t.dir, t.payload, t.Stamp)
	} else if end == h.next {
		a.consumer.Skipped(c, t.dir, t.Stamp)
	}
	return true
}
