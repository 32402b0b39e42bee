package tcp

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// followSegment takes a segment of c. It is the path of every packet.
func (a *Assembler) followSegment(c *Conn, t *packet.TCP) {
	last := c.last
	c.last = t.Time
	h := &c.half[t.Dir]
	if t.Mark != capture.Unmarked && a.passages != nil {
		a.noteMark(c, t.Dir, t.Mark, t)
	}
	n := len(t.Payload) + t.Cut
	if c.flags&connBoth == 0 && t.Flags&packet.FlagRST == 0 {
		c.noteUnseen(t, n)
	}
	if c.flags&connIgnored != 0 {
		if n > 0 && c.flags&connBoth == 0 {
			c.notePayload(t.Dir)
		}
		if t.Flags&(packet.FlagFIN|packet.FlagRST) != 0 {
			a.endIgnoredConn(c, t)
		}
		return
	}
	if t.Flags&packet.FlagRST != 0 {
		if h.fits(t.Seq) {
			a.endConn(c, capture.Reset)
		}
		return
	}
	if c.backlog != 0 {
		a.noteAck(c, t)
	}
	if n > 0 && c.flags&(connClosed|connIgnored) == 0 && h.flags&halfFIN == 0 {
		a.takePayload(c, t, last)
	}
	if t.Flags&packet.FlagFIN != 0 && c.flags&(connClosed|connIgnored) == 0 {
		a.takeFIN(c, t.Dir, t.Seq+uint32(n))
	}
	if c.backlog != 0 {
		a.giveUpDueHoles(c)
	}
}

// endIgnoredConn ends a connection that is ignored, so that its place can be
// used again.
func (a *Assembler) endIgnoredConn(c *Conn, t *packet.TCP) {
	if t.Flags&packet.FlagFIN != 0 {
		c.half[t.Dir].flags |= halfFIN
	}
	if t.Flags&packet.FlagRST != 0 || c.half[0].flags&c.half[1].flags&halfFIN != 0 {
		a.endConn(c, capture.Finished)
	}
}

// notePayload notes that direction d had payload.
func (c *Conn) notePayload(d capture.Dir) {
	c.half[d].flags |= halfSeen
	if c.half[1-d].flags&halfSeen != 0 {
		c.flags |= connBoth
	}
}

// noteUnseen looks for signs of payload that was not captured: an
// acknowledgement of, or a sequence number after, more than a FIN in a
// direction without any.
func (c *Conn) noteUnseen(t *packet.TCP, n int) {
	h, peer := &c.half[t.Dir], &c.half[1-t.Dir]
	if n == 0 && h.flags&(halfSeen|halfStart) == halfStart && after(t.Seq, h.start) > 1 {
		c.flags |= connUnseen
	}
	if t.Flags&packet.FlagACK == 0 || peer.flags&halfSeen != 0 {
		return
	}
	if peer.flags&halfStart == 0 {
		peer.beginAt(t.Ack, 0)
	}
	if after(t.Ack, peer.start) > 1 {
		c.flags |= connUnseen
	}
	if after(t.Ack, peer.high) > 0 {
		peer.high = t.Ack
	}
}

// takePayload takes the payload of t. last is the time of the packet before.
func (a *Assembler) takePayload(c *Conn, t *packet.TCP, last int64) {
	h := &c.half[t.Dir]
	end := t.Seq + uint32(len(t.Payload)+t.Cut)
	if h.flags&halfSeen == 0 {
		c.notePayload(t.Dir)
		if h.flags&halfSYN == 0 || !near(t.Seq, h.start) {
			h.beginAt(t.Seq, 0)
		}
	}
	ahead := after(t.Seq, h.next)
	switch {
	case after(end, h.next) <= 0 || ahead > MaxSkip || h.flags&halfMuted != 0:
		a.countOld(c, t, end, last)
	case ahead <= 0 && c.backlog == 0:
		h.noteSegment(end, identity(t))
		p := t.Payload[min(-int(ahead), len(t.Payload)):]
		a.giveNext(c, t.Dir, p, end, t.Stamp)
	default:
		a.queuePayload(c, t, end, last)
	}
}

// noteSegment notes a segment with bytes up to end.
func (h *half) noteSegment(end uint32, id uint16) {
	h.id = id
	if after(end, h.high) > 0 {
		h.high = end
	}
}

// giveNext gives the bytes p, which are next in direction d, and passes over
// those up to end, which the capture did not keep.
func (a *Assembler) giveNext(c *Conn, d capture.Dir, p []byte, end uint32, at capture.Stamp) {
	h := &c.half[d]
	kept := h.next + uint32(len(p))
	if len(p) > 0 {
		a.giveSegment(c, d, p, at)
	}
	over := after(end, h.next)
	if over < 0 || end == kept || c.flags&connIgnored != 0 || h.flags&halfMuted != 0 {
		return
	}
	if h.next != kept {
		a.consumer.Skipped(c, d, at)
	}
	if over > 0 {
		a.loseBytes(h, uint32(over))
	}
}

// giveSegment hands p to the consumer and does what it advises.
func (a *Assembler) giveSegment(c *Conn, d capture.Dir, p []byte, at capture.Stamp) {
	h := &c.half[d]
	// Field by field: a literal would be made elsewhere and copied, and the
	// processor waits for small stores that are loaded as a large one.
	out := &a.out
	out.Stamp, out.Dir, out.Data, out.Lost = at, d, p, int64(h.lost)
	if h.flags&halfGiven == 0 {
		switch {
		case h.flags&halfSYN == 0:
			out.Lost = -1
		case h.lost == 0:
			h.flags |= halfStarted
		}
		h.flags |= halfGiven
	}
	h.lost = 0
	h.next += uint32(len(p))
	switch advice := a.consumer.Data(c, out); {
	case advice > 0:
		h.next += uint32(min(advice, MaxSkip))
	case advice == Mute:
		a.muteDirection(c, d)
	case advice == Ignore:
		c.flags |= connIgnored
		a.clearQueue(c, 0)
		a.clearQueue(c, 1)
	}
}

// muteDirection drops direction d of c. A FIN that waits in it need not wait
// any more.
func (a *Assembler) muteDirection(c *Conn, d capture.Dir) {
	c.half[d].flags |= halfMuted
	ended := c.backlog != 0 && a.backlogs[c.backlog].half[d].ended
	a.clearQueue(c, d)
	if ended {
		a.endDirection(c, d)
	}
}

// loseBytes notes that the next n bytes of a direction are missing.
func (a *Assembler) loseBytes(h *half, n uint32) {
	if h.lost == 0 {
		a.stats.Gaps++
	}
	a.stats.LostBytes += int64(n)
	h.next += n
	h.lost += min(n, ^h.lost)
	h.flags |= halfLost
}

// countOld counts a segment of which no byte is wanted: it lies before the next
// byte, far from it, or in a direction that is muted.
func (a *Assembler) countOld(c *Conn, t *packet.TCP, end uint32, last int64) {
	h := &c.half[t.Dir]
	if n := after(end, h.high); n > 0 && n <= MaxSkip {
		h.noteSegment(end, identity(t)) // its first coming, in a body that is skipped
		if end == h.next && h.flags&halfMuted == 0 {
			a.consumer.Skipped(c, t.Dir, t.Stamp)
		}
		return
	}
	a.countRepeated(c, t, end, last)
}

// countRepeated counts a segment that may have come before: a copy, a
// retransmission, or what came late in a body that is skipped.
//
// A packet that was captured twice, on two ports of a switch or before and
// after a router, has the same IP identification both times; a segment that is
// sent again has a new one, higher with the counters of all common systems.
// So it is a copy if its number is that of the last segment of its direction,
// or a little below. Inside a skipped body what is a little below may also be
// a packet that was overtaken, and is a copy only if there was one before.
// Without identification a copy is the segment right before within 1 ms: no
// sender repeats itself as fast.
func (a *Assembler) countRepeated(c *Conn, t *packet.TCP, end uint32, last int64) {
	h := &c.half[t.Dir]
	id := identity(t)
	back := h.id - id
	skipped := after(h.high, h.next) < 0
	switch {
	case !numbered(t) && (back != 0 || t.Time-last > int64(copyTime)):
		a.countResent(h, t, end)
	case back == 0:
		a.stats.Duplicates++
		c.flags |= connCopied
		return
	case numbered(t) && back < copyDistance && (!skipped || c.flags&connCopied != 0):
		a.stats.Duplicates++
		return
	case numbered(t) && back < copyDistance:
		a.stats.Reordered++
	default:
		a.countResent(h, t, end)
	}
	h.id = id
}
