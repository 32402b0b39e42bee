package decode

import (
	"bytes"
	"cmp"
	"slices"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// Carrier is a protocol that carries authentication over a TCP connection. To
// add one: write its file with a Carrier in it, its test, and a line in
// Carriers.
type Carrier struct {
	Name string // as in Exchange.Carrier

	// Recognise says whether first, the first bytes that one direction of a
	// connection sent, begins a conversation of this carrier. It must not say
	// Maybe to more than a few thousand bytes.
	Recognise func(first []byte) Verdict

	// Follow makes the part of a Decoder that reads the connections of this
	// carrier. It is called once for a Decoder. tcp.Conn's Handle is its own.
	Follow func(d *Decoder) follower
}

// follower is the part of a Decoder that reads the connections of a carrier.
type follower interface {
	tcp.Consumer
	// wake gives the requests that wait for an answer on connections that the sink
	// wanted quiet.
	wake()
}

// Carriers lists all carriers. The first that recognises a connection has it.
var Carriers = []*Carrier{
	HTTP,
}

// Decoder reads connections into exchanges. It is the tcp.Consumer that
// finds out what a connection carries, whatever its port, and leaves it to the
// carrier from then on.
type Decoder struct {
	source    int
	sink      Sink
	limits    Limits
	stats     Stats
	followers []follower // by place in Carriers
	awake     bool       // Conn.Quiet does not count any more
	undecided slab[undecided, *undecided]
	joined    []byte // held bytes and new ones, while they are classified
}

// midstreamBudget is how much of a connection whose start was not captured is
// tried before it is taken for no carrier's. Only the start of each segment is
// looked at, so it is generous: a large body may be on its way.
const midstreamBudget = 16 << 20

// stateMidstream in State[1] of a connection tells the carrier that its first
// bytes were not captured.
const stateMidstream = 1

// undecided is the state of a connection that is not classified yet: what came
// of it, but for segments that begin nothing.
type undecided struct {
	held      [2][]tcp.Segment
	midstream bool
	tried     int64
	free      uint32
}

// link implements slabValue.
func (u *undecided) link() *uint32 { return &u.free }

// NewDecoder makes a Decoder for the connections of a source that gives what it
// finds to sink.
func NewDecoder(source int, sink Sink, limits Limits) *Decoder {
	d := &Decoder{source: source, sink: sink, limits: limits.withDefaults()}
	for _, c := range Carriers {
		d.followers = append(d.followers, c.Follow(d))
	}
	return d
}

// Stats gives the counts so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Wake ends the quiet of all connections, see Conn.Quiet: requests that wait
// for their answer are given to the sink at once, in no order. It may be called by the sink while
// it is given something.
func (d *Decoder) Wake() {
	d.awake = true
	for _, f := range d.followers {
		f.wake()
	}
}

// Data implements tcp.Consumer. State[0] of a connection is the place of
// its carrier in Carriers, from 1; it is 0 as long as that is not known.
func (d *Decoder) Data(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	if k := c.State[0]; k != 0 {
		return d.followers[k-1].Data(c, s)
	}
	return d.decide(c, s)
}

// Skipped implements tcp.Consumer.
func (d *Decoder) Skipped(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	if k := c.State[0]; k != 0 {
		d.followers[k-1].Skipped(c, dir, at)
	}
}

// HalfClosed implements tcp.Consumer.
func (d *Decoder) HalfClosed(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	if k := c.State[0]; k != 0 {
		d.followers[k-1].HalfClosed(c, dir, at)
	}
}

// Closed implements tcp.Consumer.
func (d *Decoder) Closed(c *tcp.Conn, at capture.Stamp, how capture.End) {
	if k := c.State[0]; k != 0 {
		d.followers[k-1].Closed(c, at, how)
	} else if c.Handle != 0 {
		d.give(c)
	}
}

// give stops looking for the carrier of c: it has none.
func (d *Decoder) give(c *tcp.Conn) tcp.Advice {
	d.stats.OtherConnections++
	d.forget(c)
	return tcp.Ignore
}

func (d *Decoder) forget(c *tcp.Conn) {
	if c.Handle != 0 {
		d.undecided.put(c.Handle)
		c.Handle = 0
	}
}

// decide classifies c by the first bytes of a direction, or, where its start
// was not captured, by those of any segment.
func (d *Decoder) decide(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	first, midstream := s.Data, s.Lost != 0
	if c.Handle != 0 {
		u := d.undecided.at(c.Handle)
		first, midstream = d.join(u, s), midstream || u.midstream
	}
	waiting := false
	for i, carrier := range Carriers {
		switch carrier.Recognise(first) {
		case Yes:
			return d.handOver(c, i, s)
		case Maybe:
			waiting = true
		}
	}
	switch k, v := recogniseOpaque(first); v {
	case Yes:
		d.stats.count(k)
		d.forget(c)
		return tcp.Ignore
	case Maybe:
		waiting = true
	}
	if waiting || midstream {
		return d.wait(c, s, waiting && !midstream)
	}
	return d.give(c)
}

// join gives the bytes held of the direction of s followed by those of s. Where
// bytes are missing there is nothing to join: only a segment that begins with a
// message tells what the connection carries.
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
func (d *Decoder) wait(c *tcp.Conn, s *tcp.Segment, keep bool) tcp.Advice {
	if c.Handle == 0 {
		c.Handle, _ = d.undecided.take()
	}
	u := d.undecided.at(c.Handle)
	u.midstream = u.midstream || s.Lost != 0
	u.tried += int64(len(s.Data))
	if u.tried > midstreamBudget {
		return d.give(c)
	}
	if !keep {
		u.held[s.Dir] = nil
		return tcp.More
	}
	own := *s
	own.Data = bytes.Clone(s.Data)
	u.held[s.Dir] = append(u.held[s.Dir], own)
	return tcp.More
}

// handOver leaves c to carrier i, with what was held of it and then s.
func (d *Decoder) handOver(c *tcp.Conn, i int, s *tcp.Segment) tcp.Advice {
	var held []tcp.Segment
	if s.Lost != 0 {
		c.State[1] = stateMidstream
	}
	if c.Handle != 0 {
		u := d.undecided.at(c.Handle)
		if u.midstream {
			c.State[1] = stateMidstream
		}
		held = append(u.held[0], u.held[1]...)
		slices.SortStableFunc(held, func(a, b tcp.Segment) int { return cmp.Compare(a.Frame, b.Frame) })
		d.forget(c)
	}
	c.State[0] = uint8(i + 1)
	for _, old := range held {
		if d.followers[i].Data(c, &old) == tcp.Ignore {
			return tcp.Ignore
		}
	}
	return d.followers[i].Data(c, s)
}
