package capture

import "encoding/binary"

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
	d.endpoints(g, uint64(binary.BigEndian.Uint32(b)), t)
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

// endpoints sets key, hash and direction of t. ports holds the source port
// above the destination port.
func (d *packetDecoder) endpoints(g *datagram, ports uint64, t *tcpSegment) {
	a, b := g.src, g.dst
	t.dir = 0
	if b.less(a) || a == b && ports>>16 > ports&0xffff {
		a, b = b, a
		ports = ports>>16 | ports&0xffff<<16
		t.dir = 1
	}
	a.put(&t.key.addr[0])
	b.put(&t.key.addr[1])
	t.key.port[0] = uint16(ports >> 16)
	t.key.port[1] = uint16(ports)
	t.hash = d.sum(a, b, ports)
}
