package capture

// aheadPackets is how many packets are decoded before the first of them is
// followed.
const aheadPackets = 32

// aheadLook is what was found out about a packet ahead of its turn.
type aheadLook struct {
	tcpSegment
	plain bool   // the segment is that of the packet; if not, it must be decoded in its turn
	conn  uint32 // the number that its connection had when it was looked up; 0 if none
}

// Packets takes the next packets of the source, with the same result as Packet
// one by one.
//
// Nearly all the time that a small packet takes is waiting for memory: for its
// slot in the table, then for its connection, both somewhere in megabytes. One
// packet after the other waits for each. So the packets at hand are decoded
// first, then all slots are loaded, then all connections: the processor fetches many at the same
// time. Nothing changes until each packet is followed in its turn, and what was
// looked up is only a guess by then.
func (a *Assembler) Packets(ps []Packet) {
	for len(ps) > 0 {
		n := min(len(ps), aheadPackets)
		a.lookAhead(ps[:n])
		for i := range ps[:n] {
			l := &a.ahead[i]
			switch {
			case l.plain:
				a.segmentOf(a.conns.guessed(l.conn, &l.key), &l.tcpSegment)
			case a.decoder.decode(&ps[i], &l.tcpSegment):
				a.segment(&l.tcpSegment)
			}
		}
		ps = ps[n:]
	}
}

// lookAhead decodes the plain packets of ps and fetches their connections.
func (a *Assembler) lookAhead(ps []Packet) {
	a.stats.Packets += int64(len(ps))
	looks := a.ahead[:len(ps)]
	warm := uint64(0)
	for i := range ps {
		p, l := &ps[i], &looks[i]
		a.stats.Bytes += int64(len(p.Data))
		if p.Length > len(p.Data) {
			a.stats.Cut++
		}
		if l.plain = a.decoder.plain(p, &l.tcpSegment); l.plain {
			warm += a.conns.slot(l.key.hash)
		}
	}
	for i := range looks {
		l := &looks[i]
		if !l.plain {
			continue
		}
		l.conn = 0
		if s := a.conns.slot(l.key.hash); uint32(s>>32) == l.key.hash {
			l.conn = uint32(s)
			warm += a.conns.at(l.conn).touch()
		} else if len(l.payload) > 0 || l.flags&flagSYN != 0 {
			warm += a.closed.slot(l.key.hash)
		}
	}
	a.warm += warm
}
