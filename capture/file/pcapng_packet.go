package file

import (
	"bytes"
	"math"

	"ntlmtrace/capture"
)

// linkState is an interface that a section describes.
type linkState struct {
	known   bool // false if its description could not be read
	used    bool // a packet was captured on it
	link    capture.LinkType
	snaplen uint32 // 0 if unlimited
	fcs     int    // bytes
	time    ticks
	drops   drops
}

// capturedPacket is what the packet blocks have in common.
type capturedPacket struct {
	id             uint32 // of the interface in its section
	time           int64
	caplen, length uint32
	rest           []byte // data, padding and options
}

// ready implements readyRecords.
func (f *pcapngFile) ready(ps []capture.Packet) (n int) {
	for n < len(ps) && f.plain(&ps[n]) {
		n++
	}
	return n
}

// plain reads the block that captures have millions of: an enhanced packet
// block without options, all of it in memory, of an interface that has given a
// packet before. It does the same as enhanced. For all others it is false, and
// nothing is taken.
func (f *pcapngFile) plain(p *capture.Packet) bool {
	const fixed = blockHead + 20 // section 4.3, before the data
	in := f.in
	h := in.buf[in.r:in.w]
	if len(h) < fixed || f.order.u32(h) != blockEnhanced {
		return false
	}
	size, id, caplen := int64(f.order.u32(h[4:])), f.order.u32(h[8:]), int64(f.order.u32(h[20:]))
	if size > int64(len(h)) || caplen > int64(in.limit) || size != int64(fixed+padded(int(caplen))+4) ||
		int64(f.order.u32(h[size-4:])) != size || uint64(id) >= uint64(len(f.ifs)) || !f.ifs[id].used {
		return false
	}
	i := &f.ifs[id]
	in.r += int(size)
	in.frame++
	f.last = i.time.nanoseconds(f.stamp(h[12:]))
	p.Frame = in.frame
	p.Time = f.last
	p.Data = h[fixed : fixed+caplen : fixed+caplen]
	p.Length = wireLength(uint32(caplen), f.order.u32(h[24:]))
	p.Link = i.link
	p.FCS = fcsWithin(i.fcs, int(caplen), p.Length)
	p.Interface = f.first + int(id)
	p.Direction, p.Trimmed = capture.Unmarked, false
	return true
}

// enhanced reads an enhanced packet block, section 4.3.
func (f *pcapngFile) enhanced(b *block, p *capture.Packet) bool {
	const fixed = 20
	f.in.frame++
	if len(b.body) < fixed {
		return f.damaged(b, "enhanced packet block of %d bytes", len(b.body))
	}
	c := capturedPacket{
		id:     f.order.u32(b.body),
		caplen: f.order.u32(b.body[12:]),
		length: f.order.u32(b.body[16:]),
		rest:   b.body[fixed:],
	}
	i := f.linkOf(c.id)
	if i == nil {
		return f.damaged(b, "interface %d is not described", c.id)
	}
	c.time = i.time.nanoseconds(f.stamp(b.body[4:]))
	return f.give(b, p, i, &c)
}

// obsolete reads a packet block, appendix A.
func (f *pcapngFile) obsolete(b *block, p *capture.Packet) bool {
	const fixed, dropsUnknown = 20, 0xffff
	f.in.frame++
	if len(b.body) < fixed {
		return f.damaged(b, "packet block of %d bytes", len(b.body))
	}
	c := capturedPacket{
		id:     uint32(f.order.u16(b.body)),
		caplen: f.order.u32(b.body[12:]),
		length: f.order.u32(b.body[16:]),
		rest:   b.body[fixed:],
	}
	i := f.linkOf(c.id)
	if i == nil {
		return f.damaged(b, "interface %d is not described", c.id)
	}
	if lost := f.order.u16(b.body[2:]); lost != dropsUnknown {
		f.in.extras.drops += i.drops.counted(uint64(lost))
	}
	c.time = i.time.nanoseconds(f.stamp(b.body[4:]))
	return f.give(b, p, i, &c)
}

// simple reads a simple packet block, section 4.4. It has no time stamp: its
// packet is given that of the one before, so that time stands still instead of
// falling back to 1970.
func (f *pcapngFile) simple(b *block, p *capture.Packet) bool {
	const fixed = 4
	f.in.frame++
	i := f.linkOf(0)
	if len(b.body) < fixed || i == nil {
		return f.damaged(b, "simple packet block of %d bytes, %d interfaces described", len(b.body), len(f.ifs))
	}
	c := capturedPacket{time: f.last, length: f.order.u32(b.body), rest: b.body[fixed:]}
	c.caplen = c.length
	if i.snaplen != 0 {
		c.caplen = min(c.caplen, i.snaplen)
	}
	return f.give(b, p, i, &c)
}

// stamp reads a time stamp, which is two words of 32 bits in either byte order.
func (f *pcapngFile) stamp(b []byte) uint64 {
	return uint64(f.order.u32(b))<<32 | uint64(f.order.u32(b[4:]))
}

// linkOf returns an interface of the section, nil if it is not described.
func (f *pcapngFile) linkOf(id uint32) *linkState {
	if uint64(id) >= uint64(len(f.ifs)) || !f.ifs[id].known {
		return nil
	}
	return &f.ifs[id]
}

// damaged notes that a packet cannot be given; it reports false for its callers
// to return.
func (f *pcapngFile) damaged(b *block, format string, args ...any) bool {
	f.in.problems.add(b.at, f.in.frame, format, args...)
	return false
}

// give fills in p.
func (f *pcapngFile) give(b *block, p *capture.Packet, i *linkState, c *capturedPacket) bool {
	in := f.in
	if uint64(c.caplen) > uint64(len(c.rest)) {
		return f.damaged(b, "packet of %d bytes in a block that has room for %d", c.caplen, len(c.rest))
	}
	n := int(c.caplen)
	if n > in.limit {
		return f.damaged(b, "packet of %d bytes skipped, the limit is %d", n, in.limit)
	}
	if !i.used {
		i.used = true
		in.extras.used(i.link)
	}
	f.last = c.time
	p.Stamp = capture.Stamp{Frame: in.frame, Time: c.time}
	p.Data = c.rest[:n:n]
	p.Length = wireLength(c.caplen, c.length)
	p.Link = i.link
	p.FCS = i.fcs
	p.Interface = f.first + int(c.id)
	p.Direction, p.Trimmed = capture.Unmarked, false
	if list := c.rest[min(padded(n), len(c.rest)):]; len(list) > 0 && b.kind != blockSimple {
		f.packetOptions(b, p, i, list)
	}
	p.FCS = fcsWithin(p.FCS, n, p.Length)
	return true
}

// wireLength is the length on the wire, which some writers leave at 0.
func wireLength(caplen, length uint32) int {
	return int(min(max(caplen, length), math.MaxInt32))
}

// packetOptions reads the options of a packet block.
func (f *pcapngFile) packetOptions(b *block, p *capture.Packet, i *linkState, list []byte) {
	o := options{order: f.order, rest: list}
	for code, value, ok := o.next(); ok; code, value, ok = o.next() {
		switch {
		case code == optComment:
			f.in.extras.comment(p.Frame, value)
			p.Trimmed = p.Trimmed || bytes.HasSuffix(value, trimmedMark)
		case code == epbFlags && len(value) == 4:
			setFlags(p, f.order.u32(value))
		case code == epbDropcount && len(value) == 8 && b.kind == blockEnhanced:
			f.in.extras.drops += i.drops.counted(f.order.u64(value))
		}
	}
	f.finish(&o, b, p.Frame)
}

// receivedPromiscuous is the reception type of a packet for another machine.
const receivedPromiscuous = 4

// setFlags reads the word of section 4.3.1: direction in bits 0 and 1, reception
// type in bits 2 to 4, bytes of the frame check sequence in bits 5 to 8, 0 if
// that is not known.
func setFlags(p *capture.Packet, flags uint32) {
	switch flags & 3 {
	case 1:
		if p.Direction = capture.Inbound; flags>>2&7 == receivedPromiscuous {
			p.Direction = capture.Passing
		}
	case 2:
		p.Direction = capture.Outbound
	}
	if fcs := int(flags >> 5 & 15); fcs != 0 {
		p.FCS = fcs
	}
}
