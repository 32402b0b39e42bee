package tcp

import (
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

const (
	// copyDistance is how many packets may lie between a packet and its copy.
	copyDistance = 64
	// copyTime is how long after a packet its copy may come.
	copyTime = time.Millisecond
)

// numbered reports whether t has an identification: systems that set "don't
// fragment" may leave it at 0.
func numbered(t *packet.TCP) bool { return t.HasID && t.ID != 0 }

// identity returns what a segment has in common with its copies: its IP
// identification, or a mark of its sequence numbers and length.
func identity(t *packet.TCP) uint16 {
	if numbered(t) {
		return t.ID
	}
	h := (t.Seq*0x9e3779b1 ^ t.Ack) * 0x85ebca6b
	return uint16(h>>16) ^ uint16(len(t.Payload)+t.Cut)
}

// countResent counts a retransmission. A keep-alive probe, which has the last
// byte once more, is none.
func (a *Assembler) countResent(h *half, t *packet.TCP, end uint32) {
	if len(t.Payload)+t.Cut > 1 || end != h.high {
		a.stats.Retransmits++
	}
}

// queuePayload takes payload that comes before earlier bytes, or when others
// wait for it. An answer to bytes that are missing waits with what is behind
// them: who reads both directions must not see it before its question.
func (a *Assembler) queuePayload(c *Conn, t *packet.TCP, end uint32, last int64) {
	h, b := &c.half[t.Dir], a.backlogOf(c)
	q := &b.half[t.Dir]
	p := piece{Stamp: t.Stamp, seq: t.Seq, data: t.Payload}
	if back := after(h.next, t.Seq); back > 0 {
		p.data, p.seq = p.data[min(int(back), len(p.data)):], h.next
	}
	if q.ended {
		p, end = p.before(q.fin, end)
	}
	p.cut = end - p.end()
	if answers(c, b, t) {
		q.waitForAck(t.Ack)
	}
	early := q.answer || after(p.seq, h.next) > 0
	if q.idle() {
		q.opened = t.Time
	}
	if end == p.seq {
		a.releaseBacklog(c) // all of it is after the FIN
		return
	}
	cost, made, conflict := q.addPiece(p, early)
	a.held += cost
	b.held += cost
	if conflict {
		a.stats.Conflicts++
		c.flags |= connConflict
	}
	if made == 0 {
		a.countRepeated(c, t, end, last)
		a.releaseBacklog(c)
		return
	}
	h.noteSegment(end, identity(t))
	if early {
		a.limitBacklog(c, t.Dir)
		return
	}
	a.drainQueue(c, t.Dir, t.Stamp, true)
}

// answers reports whether t acknowledges bytes that are missing in the other
// direction.
func answers(c *Conn, b *backlog, t *packet.TCP) bool {
	next := c.half[1-t.Dir].next
	q := &b.half[1-t.Dir]
	return t.Flags&packet.FlagACK != 0 && !q.idle() && after(q.hole(), next) > 0 && after(t.Ack, next) > 0
}

// before trims p, which goes up to end with what was cut, to what is before
// fin.
func (p piece) before(fin, end uint32) (piece, uint32) {
	if after(end, fin) <= 0 {
		return p, end
	}
	if n := after(fin, p.seq); n >= 0 {
		p.data = p.data[:min(int(n), len(p.data))]
		return p, fin
	}
	p.data, p.seq = nil, fin
	return p, fin
}

// limitBacklog returns up holes until what waits is within the limits.
func (a *Assembler) limitBacklog(c *Conn, d capture.Dir) {
	for c.backlog != 0 {
		b := a.backlogs[c.backlog]
		if b.held <= a.options.ReorderedPerConn && a.held <= a.options.Reordered {
			return
		}
		if b.half[d].idle() {
			d = 1 - d
		}
		if n := after(b.half[d].hole(), c.half[d].next); n > 0 {
			a.stats.DroppedBytes += int64(n)
		}
		a.giveUpHole(c, d, b.half[d].hole())
	}
}

// drainQueue gives what waits in direction d of c and is next. The bytes get
// the stamp from, that of the packet that closed the hole before them, or their
// own if that is later.
func (a *Assembler) drainQueue(c *Conn, d capture.Dir, from capture.Stamp, filled bool) {
	h := &c.half[d]
	for c.backlog != 0 {
		b := a.backlogs[c.backlog]
		q := &b.half[d]
		if !q.ready(h.next) {
			break
		}
		p := q.popPiece()
		a.held -= p.cost()
		b.held -= p.cost()
		q.opened = a.now.Time
		if filled && p.copied {
			a.stats.Reordered++
		}
		if p.Frame > from.Frame {
			from = p.Stamp
		}
		end := p.end() + p.cut
		if len(q.waiting()) > 0 && after(q.hole(), end) < 0 {
			end = q.hole() // what was cut here waits there
		}
		switch back := after(h.next, p.seq); {
		case back > 0 && h.next == end:
			a.consumer.Skipped(c, d, from)
			continue
		case back > 0:
			p.data = p.data[min(int(back), len(p.data)):]
		}
		a.giveNext(c, d, p.data, end, from)
	}
	if c.backlog != 0 {
		a.afterDrain(c, d)
	}
}

// afterDrain ends direction d if its FIN is next, gives the answers to what was
// given, and frees the backlog if nothing waits in it.
func (a *Assembler) afterDrain(c *Conn, d capture.Dir) {
	q := &a.backlogs[c.backlog].half
	if q[d].ended && after(q[d].fin, c.half[d].next) <= 0 {
		q[d].ended = false
		a.endDirection(c, d)
	}
	if c.backlog != 0 && q[1-d].answer && (q[d].idle() || after(q[1-d].answered, c.half[d].next) <= 0) {
		q[1-d].answer = false
		a.drainQueue(c, 1-d, capture.Stamp{}, false)
	}
	a.releaseBacklog(c)
}

// giveUpHole takes the bytes that are missing in direction d of c, up to the
// sequence number to, for lost.
func (a *Assembler) giveUpHole(c *Conn, d capture.Dir, to uint32) {
	h, q := &c.half[d], &a.backlogs[c.backlog].half[d]
	if n := after(to, h.next); n > 0 {
		a.loseBytes(h, uint32(n))
	}
	q.opened = a.now.Time
	q.answer = false
	a.drainQueue(c, d, capture.Stamp{}, false)
}

// noteAck takes what t tells about holes of the other direction.
func (a *Assembler) noteAck(c *Conn, t *packet.TCP) {
	b := a.backlogs[c.backlog]
	b.half[0].packets++
	b.half[1].packets++
	if q := &b.half[1-t.Dir]; t.Flags&packet.FlagACK != 0 && !q.idle() {
		q.noteAck(t.Ack)
	}
}

// giveUpDueHoles gives up the holes of c that are lost.
func (a *Assembler) giveUpDueHoles(c *Conn) {
	for d := capture.Dir(0); d < 2; d++ {
		for c.backlog != 0 {
			q := &a.backlogs[c.backlog].half[d]
			if !q.due(c.half[d].next, a.now.Time) {
				break
			}
			a.giveUpHole(c, d, q.lostBefore())
		}
	}
}

// flushBacklog gives all that waits in c, in the order of its frames, but
// answers last.
func (a *Assembler) flushBacklog(c *Conn) {
	for c.backlog != 0 {
		q := &a.backlogs[c.backlog].half
		d := capture.Dir(0)
		if q[0].idle() || !q[1].idle() && (q[0].answer || !q[1].answer && q[1].firstFrame() < q[0].firstFrame()) {
			d = 1
		}
		a.giveUpHole(c, d, q[d].hole())
	}
}

// backlogOf returns the backlog of c, a new one if it has none.
func (a *Assembler) backlogOf(c *Conn) *backlog {
	if c.backlog == 0 {
		if n := len(a.freeBacklog); n > 0 {
			c.backlog = a.freeBacklog[n-1]
			a.freeBacklog = a.freeBacklog[:n-1]
		} else {
			c.backlog = uint32(len(a.backlogs))
			a.backlogs = append(a.backlogs, new(backlog))
		}
		a.backlogs[c.backlog].conn = c
		a.held += backlogCost
	}
	return a.backlogs[c.backlog]
}

// releaseBacklog frees the backlog of c if nothing waits in it.
func (a *Assembler) releaseBacklog(c *Conn) {
	if c.backlog == 0 {
		return
	}
	b := a.backlogs[c.backlog]
	if !b.half[0].idle() || !b.half[1].idle() {
		return
	}
	b.half[0].clear()
	b.half[1].clear()
	b.conn, b.held = nil, 0
	a.held -= backlogCost
	a.freeBacklog = append(a.freeBacklog, c.backlog)
	c.backlog = 0
}

// clearQueue drops the bytes that wait in direction d of c.
func (a *Assembler) clearQueue(c *Conn, d capture.Dir) {
	if c.backlog == 0 {
		return
	}
	b := a.backlogs[c.backlog]
	cost := b.half[d].clear()
	a.held -= cost
	b.held -= cost
	a.releaseBacklog(c)
}
