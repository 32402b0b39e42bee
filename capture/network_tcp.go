package capture

import (
	"encoding/binary"
	"math/bits"
)

// tcp decodes the TCP header, RFC 9293 section 3.1, at the start of g and fills
// t with it.
func (d *packetDecoder) tcp(g *datagram, t *tcpSegment) bool {
	b := g.body
	if len(b) < 20 {
		return d.tcpShort(20, g)
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b) {
		return d.tcpShort(header, g)
	}
	t.seq = binary.BigEndian.Uint32(b[4:])
	t.ack = binary.BigEndian.Uint32(b[8:])
	t.flags = b[13]
	t.payload = b[header:]
	t.cut = g.size - len(b)
	t.hasID, t.id = g.hasID, g.id
	d.endpoints(g.src, g.dst, binary.BigEndian.Uint32(b), t)
	return true
}

// tcpShort counts a header of n bytes that the datagram does not hold, or that
// the capture did not keep.
func (d *packetDecoder) tcpShort(n int, g *datagram) bool {
	if n < 20 || n > g.size {
		return d.fail(malformedTCP)
	}
	return d.fail(tcpHeaderCut)
}

// endpoints sets key and direction of t. ports holds the source port above the
// destination port.
func (d *packetDecoder) endpoints(src, dst address, ports uint32, t *tcpSegment) {
	t.dir = 0
	if dst.less(src) || src == dst && ports>>16 > ports&0xffff {
		src, dst = dst, src
		ports = bits.RotateLeft32(ports, 16)
		t.dir = 1
	}
	k := &t.key
	k.addr[0], k.addr[1] = src, dst
	k.port[0], k.port[1] = uint16(ports>>16), uint16(ports)
	k.hash = d.hash(k)
}

// tcp4 is ipv4 and tcp for the packets that captures have millions of: IPv4
// without options, not a fragment, that holds a whole TCP header. It fills t with the
// same and is false, having counted nothing, for all others.
func (d *packetDecoder) tcp4(b []byte, t *tcpSegment) bool {
	if len(b) < 40 || b[0] != 0x45 || b[9] != protoTCP || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		return false
	}
	total := int(binary.BigEndian.Uint16(b[2:]))
	s := b[20:min(max(total, 20), len(b))]
	if len(s) < 20 {
		return false
	}
	header := int(s[12]>>4) * 4
	if header < 20 || header > len(s) {
		return false
	}
	t.hasID, t.id = true, binary.BigEndian.Uint16(b[4:])
	t.seq = binary.BigEndian.Uint32(s[4:])
	t.ack = binary.BigEndian.Uint32(s[8:])
	t.flags = s[13]
	t.payload = s[header:]
	t.cut = total - 20 - len(s)
	d.endpoints4(uint64(binary.BigEndian.Uint32(b[12:]))<<16|uint64(binary.BigEndian.Uint16(s)),
		uint64(binary.BigEndian.Uint32(b[16:]))<<16|uint64(binary.BigEndian.Uint16(s[2:])), t)
	return true
}

// endpoints4 is endpoints for IPv4: an endpoint is one number, the address above the
// port. Which is the smaller changes with every other packet and no processor
// can guess it, so they change places without a branch.
func (d *packetDecoder) endpoints4(src, dst uint64, t *tcpSegment) {
	_, swap := bits.Sub64(dst, src, 0)
	change := (src ^ dst) & -swap
	src, dst = src^change, dst^change
	t.dir = Dir(swap)
	k := &t.key
	k.addr[0] = address{0, mapped4 | src>>16}
	k.addr[1] = address{0, mapped4 | dst>>16}
	k.port[0], k.port[1] = uint16(src), uint16(dst)
	k.hash = d.hash4(src, dst)
}
