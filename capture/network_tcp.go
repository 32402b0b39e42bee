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
