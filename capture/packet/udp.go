package packet

import (
	"encoding/binary"
	"net/netip"
)

// udpHeader is the size of a UDP header, RFC 768.
const udpHeader = 8

// takeDatagram decodes the UDP datagram in g for Datagram to return, if
// datagrams are wanted. It returns false, because g holds no TCP segment.
func (d *Decoder) takeDatagram(g *ipPayload, t *TCP) bool {
	if !d.wantsDatagrams {
		return false
	}
	b := g.body
	switch {
	case g.size < udpHeader:
		return d.fail(malformedUDP)
	case len(b) < udpHeader:
		return d.fail(udpHeaderCut)
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size == 0 {
		size = g.size // a jumbogram, RFC 2675 section 4, or the network card was to write it
	}
	if size < udpHeader || size > g.size {
		return d.fail(malformedUDP)
	}
	end := min(size, len(b))
	d.datagram.Stamp, d.datagram.Direction = t.Stamp, t.Mark
	d.datagram.Src = netip.AddrPortFrom(g.src.netip(), binary.BigEndian.Uint16(b))
	d.datagram.Dst = netip.AddrPortFrom(g.dst.netip(), binary.BigEndian.Uint16(b[2:]))
	d.datagram.Data, d.datagram.Cut = b[udpHeader:end:end], size > end
	d.hasDatagram = true
	return false
}
