package decode

import (
	"bytes"
	"cmp"
	"slices"

	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/carrier"
)

// midstreamBudget is how much of a connection whose start was not captured is
// tried before it is taken for no carrier's. Only the start of each segment is
// looked at, so it is generous: a large body may be on its way.
const midstreamBudget = 16 << 20

// nobody is what classify returns for a connection of no carrier.
const nobody = 255

// undecided is the state of a connection that is not classified yet: what came
// of it, but for segments that begin nothing.
type undecided struct {
	held      [2][]tcp.Segment
	midstream bool
	tried     int64
	free      uint32
}

// Link implements slab.Value.
func (u *undecided) Link() *uint32 { return &u.free }

// classify finds the carrier of c by the first bytes of a direction, or, where
// its start was not captured, by those of any segment. It returns the carrier
// with what is held of c, which is to be passed to it before s; or
// stateUndecided, if it takes more bytes to tell; or nobody.
func (d *Decoder) classify(c *carrier.Conn, s *tcp.Segment) (uint8, []tcp.Segment) {
	first, midstream := s.Data, s.Lost != 0
	if c.Handle != 0 {
		u := d.undecided.At(c.Handle)
		first, midstream = d.join(u, s), midstream || u.midstream
	}
	waiting := false
	for i, k := range d.carriers {
		if k.Recognise == nil {
			continue
		}
		switch k.Recognise(s.Dir, first) {
		case carrier.Yes:
			c.Midstream = midstream
			return uint8(i + 1), d.release(c)
		case carrier.Maybe:
			waiting = true
		}
	}
	switch k, v := carrier.RecogniseOpaque(first); v {
	case carrier.Yes:
		d.stats.Count(k)
		d.release(c)
		return nobody, nil
	case carrier.Maybe:
		waiting = true
	}
	if waiting || midstream {
		return d.wait(c, s, waiting && !midstream), nil
	}
	d.giveUp(c)
	return nobody, nil
}

// join returns the bytes held of the direction of s followed by those of s.
// Where bytes are missing there is nothing to join: only a segment that begins
// with a message tells what the connection carries.
func (d *Decoder) join(u *undecided, s *tcp.Segment) []byte {
	if u.midstream || s.Lost != 0 || len(u.held[s.Dir]) == 0 {
		return s.Data
	}
	d.joined = d.joined[:0]
	for _, old := range u.held[s.Dir] {
		d.joined = append(d.joined, old.Data...)
	}
	d.joined = append(d.joined, s.Data...)
	return d.joined
}

// wait keeps c undecided, and a copy of s if keep is set.
func (d *Decoder) wait(c *carrier.Conn, s *tcp.Segment, keep bool) uint8 {
	if c.Handle == 0 {
		c.Handle, _ = d.undecided.Take()
	}
	u := d.undecided.At(c.Handle)
	u.midstream = u.midstream || s.Lost != 0
	u.tried += int64(len(s.Data))
	if u.tried > midstreamBudget {
		d.giveUp(c)
		return nobody
	}
	if !keep {
		u.held[s.Dir] = nil
		return stateUndecided
	}
	own := *s
	own.Data = bytes.Clone(s.Data)
	u.held[s.Dir] = append(u.held[s.Dir], own)
	return stateUndecided
}

// giveUp counts c as a connection of no carrier, unless it is inside another,
// and forgets it.
func (d *Decoder) giveUp(c *carrier.Conn) {
	if c.Depth == 0 {
		d.stats.OtherConnections++
	}
	d.release(c)
}

// release frees the state of c, and returns the segments that it held, in the
// order of the packets.
func (d *Decoder) release(c *carrier.Conn) []tcp.Segment {
	if c.Handle == 0 {
		return nil
	}
	u := d.undecided.At(c.Handle)
	held := append(u.held[0], u.held[1]...)
	slices.SortStableFunc(held, func(a, b tcp.Segment) int { return cmp.Compare(a.Frame, b.Frame) })
	d.undecided.Put(c.Handle)
	c.Handle = 0
	return held
}
