package decode

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/carrier"
)

// chain is a TCP connection with those inside it: each level has handed over to
// the next, and the last is the one that is read.
//
//	segment --> level 0 ----layer----> level 1 --------> level 2 --> its carrier
//	            (handed over)          (handed over)
type chain struct {
	tcp    *tcp.Conn
	levels []*level // at least 2; they do not move
	free   uint32
}

// Link implements slab.Value.
func (ch *chain) Link() *uint32 { return &ch.free }

// level is one connection of a chain.
type level struct {
	carrier.Conn
	reader  uint8              // its carrier's place in Decoder.carriers, from 1; stateUndecided
	endOnly bool               // what it had handed over to is over: it waits for its end
	layer   carrier.Layer      // that its bytes come from; nil if they are those of the level above
	out     func(*tcp.Segment) // what layer calls; made once
	layered bool               // there is a layer above it, next to it or farther up

	// The advice of its carrier, which the Assembler cannot follow if layered.
	skip [2]int64
	mute [2]bool
}

// handOver makes a chain of c, which hands over in s.
func (d *Decoder) handOver(c *tcp.Conn, s *tcp.Segment, h *carrier.Handover) tcp.Advice {
	outer := &level{Conn: d.lent, reader: c.State[0]}
	id, ch := d.chains.Take()
	ch.tcp, ch.levels = c, append(ch.levels, outer)
	c.State[0], c.Handle = stateInside, id
	return d.push(ch, s, h)
}

// push adds the connection that the last level of ch hands over to in s, and
// passes it what is left of s.
func (d *Decoder) push(ch *chain, s *tcp.Segment, h *carrier.Handover) tcp.Advice {
	i := len(ch.levels)
	if i > carrier.MaxDepth {
		d.stats.TooDeep++
		return d.drop(ch, i, s.Stamp)
	}
	outer := ch.levels[i-1]
	inner := &level{Conn: outer.Inside(h, s.Stamp), layer: h.Layer, layered: outer.layered || h.Layer != nil}
	ch.levels = append(ch.levels, inner)
	if h.Layer != nil {
		inner.out = func(out *tcp.Segment) {
			if ch.has(i, inner) && len(out.Data) > 0 {
				d.deliver(ch, i, out)
			}
		}
	}
	rest := *s
	if rest.Data = s.Data[h.At:]; h.At > 0 {
		rest.Lost = 0
	}
	if len(rest.Data) == 0 {
		return tcp.More
	}
	return d.pass(ch, i, &rest)
}

// has reports whether l is level i of ch: it may have been dropped during a
// call.
func (ch *chain) has(i int, l *level) bool { return i < len(ch.levels) && ch.levels[i] == l }

// pass passes s, of the level above, to level i.
func (d *Decoder) pass(ch *chain, i int, s *tcp.Segment) tcp.Advice {
	l, c := ch.levels[i], ch.tcp
	if l.layer == nil {
		return d.deliver(ch, i, s)
	}
	l.layer.Data(s, l.out)
	if c.State[0] == stateInside && !ch.levels[len(ch.levels)-1].endOnly {
		return tcp.More
	}
	return over(c)
}

// over returns the advice for c once nothing of it is read any more.
func over(c *tcp.Conn) tcp.Advice {
	if c.State[0] != stateInside && c.Handle == 0 {
		return tcp.Ignore
	}
	return tcp.Mute // somebody waits for its end
}

// deliver passes s to the carrier of level i or, if that has handed over, on to
// the next level.
func (d *Decoder) deliver(ch *chain, i int, s *tcp.Segment) tcp.Advice {
	l := ch.levels[i]
	switch {
	case i+1 < len(ch.levels):
		return d.pass(ch, i+1, s)
	case l.endOnly:
		return tcp.Mute
	}
	l.TCP = ch.tcp
	if l.layered {
		if s = d.trim(l, s); s == nil {
			return tcp.More
		}
	}
	if l.reader == stateUndecided {
		return d.beginInside(ch, i, s)
	}
	advice, h := d.readers[l.reader-1].Data(&l.Conn, s)
	switch {
	case h != nil:
		return d.push(ch, s, h)
	case advice == tcp.Ignore:
		return d.drop(ch, i, s.Stamp)
	case !l.layered:
		return advice
	}
	l.skip[s.Dir], l.mute[s.Dir] = max(0, int64(advice)), advice == tcp.Mute
	return tcp.More
}

// beginInside is begin for level i.
func (d *Decoder) beginInside(ch *chain, i int, s *tcp.Segment) tcp.Advice {
	l, c := ch.levels[i], ch.tcp
	k, held := d.classify(&l.Conn, s)
	switch k {
	case nobody:
		return d.drop(ch, i, s.Stamp)
	case stateUndecided:
		return tcp.More
	}
	l.reader = k
	for j := range held {
		if d.deliver(ch, i, &held[j]); !ch.has(i, l) {
			return over(c)
		}
	}
	return d.deliver(ch, i, s)
}

// trim leaves out of s what the carrier of l has skipped, as an Assembler does
// for bytes that no layer has touched. It returns nil if nothing is left.
func (d *Decoder) trim(l *level, s *tcp.Segment) *tcp.Segment {
	skip := &l.skip[s.Dir]
	switch {
	case l.mute[s.Dir]:
		return nil
	case *skip == 0:
		return s
	case s.Lost < 0:
		*skip = 0
		return s
	}
	rest := *s
	lost := min(*skip, s.Lost)
	n := min(*skip-lost, int64(len(s.Data)))
	*skip -= lost + n
	rest.Lost, rest.Data = s.Lost-lost, s.Data[n:]
	if len(rest.Data) > 0 {
		return &rest
	}
	if *skip == 0 {
		d.readers[l.reader-1].Skipped(&l.Conn, s.Dir, s.Stamp)
	}
	return nil
}

// drop ends the levels of ch from i on, which are not read, and all above them
// that want nothing more. If only the TCP connection is left, it is no chain any
// longer.
func (d *Decoder) drop(ch *chain, i int, at capture.Stamp) tcp.Advice {
	d.noteUnread(ch.tcp, false, at)
	for i > 0 && ch.levels[i-1].Handle == 0 {
		i--
	}
	c := ch.tcp
	if i > 1 {
		ch.levels = ch.levels[:i]
		ch.levels[i-1].endOnly = true
		return over(c)
	}
	id := c.Handle
	c.State[0], c.Handle = ch.levels[0].reader+stateEndOnly, 0
	if i == 1 {
		c.Handle = ch.levels[0].Handle
	}
	d.chains.Put(id)
	return over(c)
}

// innermost returns the connection of c's chain that is read, and its reader;
// nil if none is.
func (d *Decoder) innermost(c *tcp.Conn) (carrier.Conversations, *carrier.Conn) {
	ch := d.chains.At(c.Handle)
	l := ch.levels[len(ch.levels)-1]
	if l.endOnly || l.reader == stateUndecided {
		return nil, nil
	}
	l.TCP = c
	return d.readers[l.reader-1], &l.Conn
}

// closeChain ends the connections of c's chain from the innermost one on, so
// that each parent outlives its children.
func (d *Decoder) closeChain(c *tcp.Conn, at capture.Stamp, how capture.End) {
	ch := d.chains.At(c.Handle)
	var cut [2]int64 // directions in which the first message did not go on
	for i := len(ch.levels) - 1; i >= 0; i-- {
		l := ch.levels[i]
		l.TCP = c
		switch handedOver := l.endOnly || i+1 < len(ch.levels); {
		case l.reader == stateUndecided:
			for _, held := range d.release(&l.Conn) {
				cut[held.Dir] = 1
			}
		case !handedOver || l.Handle != 0:
			d.readers[l.reader-1].Closed(&l.Conn, at, how)
		}
	}
	d.stats.Incomplete += cut[0] + cut[1]
	d.chains.Put(c.Handle)
}
