package capture

// FlowID names a TCP connection by its two endpoints, whoever sends, or a
// datagram that comes in fragments. It holds no pointer and can be compared;
// IDs of two Assemblers have nothing to do with each other.
type FlowID struct {
	key      flowKey
	datagram uint16 // 0 for a connection, else one more than the protocol of a datagram; see datagramFlow
}

// Hash gives a number that places the flow in tables. It is secret and another
// one in every run: no result may depend on it.
func (f *FlowID) Hash() uint32 { return f.key.hash }

// Same reports whether f and o are the same flow.
func (f *FlowID) Same(o *FlowID) bool { return f.datagram == o.datagram && f.key.same(&o.key) }

// Keep says that the packets of the connection are wanted even when the
// consumer wants nothing more of it: Taken.Ignored stays false.
func (c *Conn) Keep() { c.half[0].flags |= halfKept }

// Flow names the connection. It is that of another one once the ports are used again.
func (c *Conn) Flow() FlowID { return FlowID{key: c.key} }

// Taken says what an Assembler found in a packet.
type Taken struct {
	// TCP is true if the packet held a TCP segment or completed one. All below
	// but Fragment and Datagram is valid only then.
	TCP bool
	// Ignored is true if it is of a connection that the consumer ignores and that
	// nobody keeps. All below but Fragment and Datagram is valid only if it is not.
	Ignored bool
	Flow    FlowID
	Opens   bool // SYN without ACK
	Ends    bool // FIN or RST
	Payload int  // bytes of payload on the wire
	Headers int  // bytes of the packet's Data before the payload; -1 if that is not in one piece

	// Fragment is true if the packet was a fragment of Datagram that was
	// accepted. With TCP it was the last one that was missing.
	Fragment bool
	Datagram FlowID
}

// Take is Packet, and says in t what was found.
func (a *Assembler) Take(p *Packet, t *Taken) {
	before, accepted := a.stats.TCP, a.decoder.fragments.accepted
	a.Packet(p)
	t.TCP = a.stats.TCP != before
	if t.Fragment = a.decoder.fragments.accepted != accepted; t.Fragment {
		t.Datagram = a.decoder.datagramFlow(&a.decoder.fragments.last)
	}
	if a.taken = nil; !t.TCP {
		return
	}
	s := &a.seg
	a.taken = a.conns.find(&s.key)
	if c := a.taken; c != nil && c.flags&connIgnored != 0 && c.half[0].flags&halfKept == 0 {
		t.Ignored = true
		return
	}
	t.Ignored = false
	t.Flow = FlowID{key: s.key}
	t.Opens = s.flags&(flagSYN|flagACK) == flagSYN
	t.Ends = s.flags&(flagFIN|flagRST) != 0
	t.Payload = len(s.payload) + s.cut
	t.Headers = offsetIn(p.Data, s.payload)
}

// Unwanted reports whether the consumer has no use for the payload of the packet
// that was taken last: all of it is in a body that is skipped, was there before,
// or is of a direction or connection that nobody wants. It has no meaning
// if the consumer was given bytes of the connection with that packet.
func (a *Assembler) Unwanted() bool {
	s := &a.seg
	n := len(s.payload) + s.cut
	c := a.taken
	if c == nil || n == 0 {
		return false
	}
	h := &c.half[s.dir]
	return c.flags&connIgnored != 0 || h.flags&halfMuted != 0 || after(s.seq+uint32(n), h.next) <= 0
}

// datagramFlow names the datagram of k. Its identification stands where ports do.
func (d *packetDecoder) datagramFlow(k *fragmentKey) FlowID {
	f := FlowID{key: flowKey{addr: [2]address{k.src, k.dst}}, datagram: uint16(k.proto) + 1}
	f.key.port[0], f.key.port[1] = uint16(k.id>>16), uint16(k.id)
	f.key.hash = d.hash6(&f.key)
	return f
}

// offsetIn gives where part, if it is one, begins in whole; else -1. A part cut
// from the whole has the same end of its memory.
func offsetIn(whole, part []byte) int {
	n := cap(whole) - cap(part)
	if len(part) == 0 || n < 0 || n > len(whole)-len(part) || &whole[n] != &part[0] {
		return -1
	}
	return n
}
