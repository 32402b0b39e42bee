package extract

import (
	"math/bits"

	"ntlmtrace/capture"
)

// heldCost is what a packet costs in memory besides its bytes, about.
const heldCost = 64

// ring holds the newest packets in a memory of fixed size: a new one takes the
// place of the oldest ones. Packets are numbered from 1 as they come, and
// chained by these numbers to the next one of their flow.
type ring struct {
	packets []held // the packet with number n is at n % len, a power of two
	oldest  uint64 // number of the oldest packet that is held
	next    uint64 // number of the next packet

	// data holds the bytes of the packets one after the other, each in one
	// piece. Places are counted through: place n is at n % len.
	data []byte
	end  uint64 // place behind the newest packet
}

// held is a packet in the ring.
type held struct {
	capture.Stamp
	place       uint64
	chain       uint64 // number of the next packet of the flow; 0 if it is the last
	size        uint32 // bytes that were kept
	length      uint32 // bytes on the wire
	link        capture.LinkType
	interfaceNo uint32
	flow        uint32 // place of the flow in its table
	fcs         uint8
	direction   capture.Direction
	opens       bool // a SYN
	cut         bool // it is Trimmed
}

// newRing makes a ring that needs about memory bytes: a quarter for what
// is known of packets, the rest for their bytes.
func newRing(memory int) ring {
	n := 1 << (bits.Len(uint(max(16, memory/4/heldCost))) - 1)
	return ring{packets: make([]held, n), data: make([]byte, max(1<<10, memory/4*3)), oldest: 1, next: 1}
}

// at returns a packet that is held.
func (r *ring) at(n uint64) *held { return &r.packets[n&uint64(len(r.packets)-1)] }

// canHold reports whether a packet of size bytes can be held at all.
func (r *ring) canHold(size int) bool { return size <= len(r.data) }

// place returns where size bytes in one piece begin that follow the newest
// packet.
func (r *ring) place(size int) uint64 {
	whole := uint64(len(r.data))
	if left := whole - r.end%whole; left < uint64(size) {
		return r.end + left
	}
	return r.end
}

// hasSpace reports whether a packet of size bytes can be added without the
// oldest one going.
func (r *ring) hasSpace(size int) bool {
	if r.oldest == r.next {
		return true
	}
	return r.next-r.oldest < uint64(len(r.packets)) &&
		r.place(size)+uint64(size)-r.at(r.oldest).place <= uint64(len(r.data))
}

// add holds a copy of data as a packet of which h tells the rest. There must be
// space. It returns the number.
func (r *ring) add(h *held, data []byte) uint64 {
	h.place, h.size = r.place(len(data)), uint32(len(data))
	copy(r.data[h.place%uint64(len(r.data)):], data)
	r.end = h.place + uint64(len(data))
	n := r.next
	r.next++
	*r.at(n) = *h
	return n
}

// bytes returns the bytes of a packet that is held, valid until the next add.
func (r *ring) bytes(h *held) []byte {
	at := h.place % uint64(len(r.data))
	return r.data[at : at+uint64(h.size)]
}

// fill fills p with a packet that is held. Its Data is valid until the next
// add.
func (r *ring) fill(h *held, p *capture.Packet) {
	*p = capture.Packet{
		Stamp: h.Stamp, Data: r.bytes(h), Length: int(h.length), Link: h.link,
		FCS: int(h.fcs), Interface: int(h.interfaceNo), Direction: h.direction, Trimmed: h.cut,
	}
}

// set fills h with what p, a packet of flow n, is besides its bytes.
func (h *held) set(p *capture.Packet, n uint32) {
	*h = held{
		Stamp: p.Stamp, length: uint32(p.Length), link: p.Link, flow: n,
		interfaceNo: uint32(p.Interface), fcs: uint8(p.FCS), direction: p.Direction, cut: p.Trimmed,
	}
}
