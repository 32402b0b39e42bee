package packet

import (
	"encoding/binary"
	"net/netip"
)

// udpHeader is the size of a UDP header, RFC 768.
const udpHeader = 8

// takeUDP decodes the UDP datagram in g for Datagram to return, if datagrams are
// wanted. It returns false, because g holds no TCP segment.
func (d *Decoder) takeUDP(g *ipDatagram, t *TCP) bool {
	if !d.wantsUDP {
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
	d.udp.Stamp, d.udp.Direction = t.Stamp, t.Mark
	d.udp.Src = netip.AddrPortFrom(g.src.netip(), binary.BigEndian.Uint16(b))
	d.udp.Dst = netip.AddrPortFrom(g.dst.netip(), binary.BigEndian.Uint16(b[2:]))
	d.udp.Data, d.udp.Cut = b[udpHeader:end:end], size > end
	d.hasUDP = true
	return false
}
