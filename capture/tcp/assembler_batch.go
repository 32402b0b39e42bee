package tcp

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// batchPackets is how many packets are decoded before the first of them is
// followed. With 32 the gain was half, 256 gained nothing more.
const batchPackets = 128

// decodedPacket is what was found out about a packet ahead of its turn.
type decodedPacket struct {
	packet.TCP
	plain bool  // the segment is that of the packet; if not, it is decoded in its turn
	guess *Conn // the place that its connection seemed to have; nil if none
}

// Packets takes the next packets of the source, with the same result as Packet
// one by one.
//
// What a small packet costs is mostly waiting for memory: for its slot in the
// table, then for its connection, both somewhere in megabytes. So of the
// packets at hand all are decoded, then all slots are loaded, then all
// connections: the processor fetches many at the same time. Then each is
// followed in its turn. Only that changes anything; what was looked up before
// is a guess by then.
func (a *Assembler) Packets(ps []capture.Packet) {
	for len(ps) > 0 {
		n := min(len(ps), batchPackets)
		if n == 1 {
			a.Packet(&ps[0]) // nothing to look ahead to
			return
		}
		a.decodeBatch(ps[:n])
		for i := range ps[:n] {
			l := &a.batch[i]
			if l.plain || a.decoder.Decode(&ps[i], &l.TCP) {
				a.stats.TCP++
				a.takeSegmentOf(l.guess, &l.TCP)
			} else if a.datagrams != nil {
				a.giveDatagram()
			}
		}
		ps = ps[n:]
	}
}

// decodeBatch decodes the plain packets of ps, which are batchPackets at most,
// and fetches their connections. Each loop does one thing: a processor looks
// some 500 instructions ahead, so for it to fetch for many packets few
// instructions may lie between the loads.
func (a *Assembler) decodeBatch(ps []capture.Packet) {
	var hashes [batchPackets]uint32
	var conns [batchPackets]*Conn
	looks, size := a.batch[:len(ps)], int64(0)
	for i := range looks {
		p, l := &ps[i], &looks[i]
		size += int64(len(p.Data))
		if p.Length > len(p.Data) && !p.Trimmed {
			a.stats.Cut++
		}
		l.plain = a.decoder.DecodePlain(p, &l.TCP)
		hashes[i] = l.Key.Hash // of an older packet if this one is not plain, which does no harm
	}
	a.stats.Packets += int64(len(ps))
	a.stats.Bytes += size
	loaded := uint64(0) // means nothing; it keeps the loads from being left out
	for _, h := range hashes[:len(looks)] {
		loaded += a.conns.slots.Touch(h)
	}
	n := 0
	for i := range looks {
		l := &looks[i]
		if l.guess = nil; !l.plain {
			continue
		}
		// The first with this hash: whether it is the one is seen when it is
		// there.
		if number, _ := a.conns.slots.Next(l.Key.Hash, int(l.Key.Hash)); number != 0 {
			l.guess = a.conns.at(number)
			conns[n] = l.guess
			n++
		}
	}
	for _, c := range conns[:n] {
		loaded += c.touch()
	}
	a.loaded = loaded
}
