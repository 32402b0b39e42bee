package capture

// aheadPackets is how many packets are decoded before the first of them is
// followed. With 16 the gain was half, more gained nothing.
const aheadPackets = 128

// aheadLook is what was found out about a packet ahead of its turn.
type aheadLook struct {
	tcpSegment
	plain bool  // the segment is that of the packet; if not, it is decoded in its turn
	guess *Conn // the place that its connection seemed to have; nil if none
}

// Packets takes the next packets of the source, with the same result as Packet
// one by one.
//
// What a small packet costs is mostly waiting for memory: for its slot in the
// table, then for its connection, both somewhere in megabytes. So of the packets
// at hand all are decoded, then all slots are loaded, then all connections: the
// processor fetches many at the same time. Then each is followed in its turn.
// Only that changes anything; what was looked up before is a guess by then.
func (a *Assembler) Packets(ps []Packet) {
	for len(ps) > 0 {
		n := min(len(ps), aheadPackets)
		a.lookAhead(ps[:n])
		for i := range ps[:n] {
			l := &a.ahead[i]
			if l.plain || a.decoder.decode(&ps[i], &l.tcpSegment) {
				a.stats.TCP++
				a.segmentOf(l.guess, &l.tcpSegment)
			}
		}
		ps = ps[n:]
	}
}

// lookAhead decodes the plain packets of ps, which are no more than
// aheadPackets, and fetches what they will need. Each loop does one thing: a
// processor looks 500 instructions ahead, so where it is to fetch for many packets at
// once few instructions may lie between.
func (a *Assembler) lookAhead(ps []Packet) {
	a.stats.Packets += int64(len(ps))
	var hash [aheadPackets]uint32
	for i := range ps {
		p, l := &ps[i], &a.ahead[i&(aheadPackets-1)]
		a.stats.Bytes += int64(len(p.Data))
		if p.Length > len(p.Data) && !p.Trimmed {
			a.stats.Cut++
		}
		l.guess = nil
		l.plain = a.decoder.plain(p, &l.tcpSegment)
		hash[i&(aheadPackets-1)] = l.key.hash
	}
	loaded := uint64(0) // means nothing; it keeps the loads from being left out
	slots, mask := a.conns.slots, uint32(len(a.conns.slots)-1)
	for i := range ps {
		loaded += slots[hash[i&(aheadPackets-1)]&mask]
	}
	var near [aheadPackets]*Conn
	n := 0
	for i := range ps {
		l := &a.ahead[i&(aheadPackets-1)]
		if !l.plain {
			continue
		}
		c := a.conns.guess(l.key.hash)
		l.guess = c
		if c != nil {
			near[n&(aheadPackets-1)] = c
			n++
		}
	}
	for _, c := range near[:n] {
		loaded += c.touch()
	}
	a.loaded = loaded
}
