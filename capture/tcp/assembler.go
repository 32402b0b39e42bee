package tcp

import (
	"cmp"
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// AssemblerOptions limits an Assembler. The zero value of a field means its
// default.
type AssemblerOptions struct {
	// Memory is the number of bytes for connections and for what waits in them;
	// 512 MiB by default. What is not wanted any more, then the oldest, goes first.
	Memory int64
	// Reordered is how many of these may hold bytes that came before earlier
	// ones; an eighth by default.
	Reordered int64
	// ReorderedPerConn is how many of these one connection may take; 1 MiB by
	// default.
	ReorderedPerConn int64
	// Idle is the capture time after which a connection without packets may be
	// taken for ended; an hour by default. If a packet that fits comes before
	// its place is needed, it goes on: clocks jump, and one wrong time must not
	// cut it in two.
	Idle time.Duration
}

func (o AssemblerOptions) withDefaults() AssemblerOptions {
	o.Memory = cmp.Or(max(0, o.Memory), 512<<20)
	o.Reordered = cmp.Or(max(0, o.Reordered), o.Memory/8)
	o.ReorderedPerConn = cmp.Or(max(0, o.ReorderedPerConn), 1<<20)
	o.Idle = cmp.Or(max(0, o.Idle), time.Hour)
	return o
}

// Assembler puts the bytes of TCP connections in order and gives them to a
// Consumer. It holds no more than the Consumer asks for: bytes in order are not
// copied, bytes of no interest are passed over by their sequence numbers.
//
// The same packets give the same calls. No call depends on a clock, on the
// hash of an address, or on the order of a map.
type Assembler struct {
	options   AssemblerOptions
	consumer  Consumer
	datagrams DatagramConsumer // the consumer again, if it takes datagrams; else nil
	passages  PassageConsumer  // likewise, if it takes passages
	ignored   IgnoredConsumer  // likewise, if it wants the ends of ignored connections
	decoder   *packet.Decoder
	stats     capture.Stats
	conns     connTable
	maxConns  int
	syns      *synTable

	seg    packet.TCP                  // the packet at hand; here, so that it is allocated once
	batch  [batchPackets]decodedPacket // the packets at hand, where there are several
	loaded uint64                      // by decodeBatch; it means nothing
	out    Segment                     // what the consumer is given; likewise

	passage capture.Passage // likewise
	now     capture.Stamp   // of the packet at hand

	taken *Conn // of the packet at hand, for Unwanted; nil if there is none any more

	backlogs    []*backlog // by number; 0 is not used
	freeBacklog []uint32
	held        int64 // what all pieces cost

	closed    closedTable
	turn      uint64 // counts packets, for what is done now and then
	sweepLate int    // the backlog that was looked at last
	sweep     sweep
}

// NewAssembler makes an Assembler that follows the connections of one source.
func NewAssembler(o AssemblerOptions, c Consumer) *Assembler {
	o = o.withDefaults()
	linger := min(lingerConns, o.Memory/16/closedCost)
	a := &Assembler{
		options:  o,
		consumer: c,
		decoder:  packet.NewDecoder(),
		conns:    newConnTable(),
		closed:   newClosedTable(uint32(linger)),
		maxConns: int(max(1, (o.Memory-o.Reordered-linger*closedCost)/connCost)),
		syns:     new(synTable),
		backlogs: make([]*backlog, 1),
		sweep:    newSweep(),
	}
	if d, ok := c.(DatagramConsumer); ok && d.WantsDatagrams() {
		a.datagrams = d
		a.decoder.WantDatagrams()
	}
	a.passages, _ = c.(PassageConsumer)
	a.ignored, _ = c.(IgnoredConsumer)
	return a
}

// Packet takes the next packet of the source. It keeps nothing of p.Data.
func (a *Assembler) Packet(p *capture.Packet) {
	a.stats.Packets++
	a.stats.Bytes += int64(len(p.Data))
	if p.Length > len(p.Data) && !p.Trimmed {
		a.stats.Cut++
	}
	if a.decoder.DecodePlain(p, &a.seg) || a.decoder.Decode(p, &a.seg) {
		a.stats.TCP++
		a.takeSegment(&a.seg)
	} else if a.datagrams != nil {
		a.giveDatagram()
	}
}

// Close ends the capture: what waits is given, and every connection that is
// still open ends, in the order of their numbers.
func (a *Assembler) Close() {
	// Nothing is looked up any more, so the slots, of which there are more than
	// connections, can hold the order.
	open := a.conns.slots.Drop()[:0]
	for n := uint32(1); n < a.conns.fresh; n++ {
		if c := a.conns.at(n); c.id != 0 && c.flags&connClosed == 0 {
			open = append(open, uint64(n))
		}
	}
	slices.SortFunc(open, func(x, y uint64) int {
		return cmp.Compare(a.conns.at(uint32(x)).id, a.conns.at(uint32(y)).id)
	})
	for _, n := range open {
		a.endConn(a.conns.at(uint32(n)), capture.CaptureEnd)
	}
}

// Stats returns the counts up to now.
func (a *Assembler) Stats() capture.Stats {
	s := a.stats
	s.NotDecoded = a.decoder.NotDecoded()
	s.DroppedBytes += a.decoder.DroppedBytes()
	return s
}

// takeSegment takes the TCP segment of a packet.
func (a *Assembler) takeSegment(t *packet.TCP) { a.takeSegmentOf(nil, t) }

// takeSegmentOf takes the TCP segment of a packet, which may be of the
// connection guess: nil, or a place for a connection.
func (a *Assembler) takeSegmentOf(guess *Conn, t *packet.TCP) {
	a.now = t.Stamp
	a.sweep.noteTime(t.Time)
	if a.turn++; a.turn%tidyEvery == 0 {
		a.tidy()
	}
	c := guess
	if !c.hasKey(&t.Key) {
		c = a.conns.find(&t.Key)
	}
	if c != nil && t.Time-c.last > int64(a.options.Idle) && !c.half[t.Dir].fits(t.Seq) {
		c = a.dropConn(c, capture.Idle)
	}
	if t.Flags&packet.FlagSYN != 0 {
		c = a.takeSYN(c, t)
		t.Seq++ // the SYN takes a number; with TCP Fast Open payload follows
	}
	if c == nil {
		if len(t.Payload)+t.Cut == 0 || t.Flags&packet.FlagRST != 0 || a.closed.find(&t.Key, t.Time) != nil {
			return
		}
		c = a.addConn(t)
	}
	a.followSegment(c, t)
	if c.flags&connClosed != 0 {
		a.retireConn(c)
	}
}

// takeSYN takes a SYN or SYN/ACK of c, which may be nil, and returns the
// connection that goes on. A SYN with another number than that of c is a new
// connection on the same ports; it is entered with its first payload.
func (a *Assembler) takeSYN(c *Conn, t *packet.TCP) *Conn {
	if c != nil {
		h := &c.half[t.Dir]
		if h.flags&halfStart == 0 {
			h.beginAt(t.Seq+1, halfSYN)
		}
		if h.start == t.Seq+1 {
			h.flags |= halfSYN
			c.openedBy(t.Dir, t.Flags&packet.FlagACK != 0)
			return c
		}
		a.dropConn(c, capture.PortReused)
	}
	if e := a.closed.find(&t.Key, t.Time); e != nil {
		if e.began(t.Dir, t.Seq+1) {
			return nil // it comes late
		}
		a.closed.forget(e)
	}
	a.syns.add(t)
	return nil
}

// addConn makes the connection whose first payload is in t.
func (a *Assembler) addConn(t *packet.TCP) *Conn {
	if a.conns.slots.Len() >= a.maxConns {
		a.evictConns()
	}
	a.stats.Connections++
	c := a.conns.add(&t.Key, a.stats.Connections)
	c.last = t.Time
	set, tag := a.syns.place(&t.Key)
	var marks [2]capture.Direction
	marks[t.Dir] = c.takeOrigin(set, tag, t.Dir, t.Seq)
	if t.Flags&packet.FlagACK != 0 {
		marks[1-t.Dir] = c.takeOrigin(set, tag, 1-t.Dir, t.Ack)
	}
	if a.passages != nil {
		for d, mark := range marks {
			if mark != capture.Unmarked {
				a.noteMark(c, capture.Dir(d), mark, t)
			}
		}
	}
	return c
}

// takeOrigin takes from the SYN of direction d of c what it tells, if seq,
// which is near the start of d, shows that it belongs to c. Else d starts at
// seq for all that is known. SYNs of c are in set, under tag. It returns how the
// SYN passed the capturing machine.
func (c *Conn) takeOrigin(set *synSet, tag uint32, d capture.Dir, seq uint32) capture.Direction {
	h := &c.half[d]
	e, ok := set.take(tag|uint32(d), seq)
	if !ok {
		h.beginAt(seq, 0)
		return capture.Unmarked
	}
	h.beginAt(e.next, halfSYN)
	c.openedBy(d, e.answer())
	if e.answer() {
		c.roundTrip = e.roundTrip()
	}
	return e.mark()
}
