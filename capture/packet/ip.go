package packet

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// maxExtensions limits the extension headers of one packet. RFC 8200 section
// 4.1 recommends an order that has seven.
const maxExtensions = 16

// maxOffload is the size of the largest datagram that segmentation offload
// makes: 8 * 65536 in Linux, which calls it BIG TCP.
const maxOffload = 512 << 10

// ipPayload is what an IP header says of the bytes behind it.
type ipPayload struct {
	src, dst Address
	body     []byte // as captured, without what the link layer padded
	size     int    // length of body on the wire; above len(body) if it was cut
	hasID    bool   // id is valid
	id       uint16 // identification
}

// skip passes over n bytes of g and reports whether it has them.
func (g *ipPayload) skip(n int) bool {
	if n > len(g.body) {
		return false
	}
	g.body = g.body[n:]
	g.size -= n
	return true
}

// decodeIPv4 decodes an IPv4 header, RFC 791 section 3.1, and what is behind
// it.
func (d *Decoder) decodeIPv4(b []byte, t *TCP) bool {
	if len(b) < 20 {
		return d.failShort(malformedIPv4)
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = d.offloadedSize(b) // the network card was to write it
	}
	if b[0]>>4 != 4 || header < 20 || header > total {
		return d.fail(malformedIPv4)
	}
	if header > len(b) {
		return d.failShort(malformedIPv4)
	}
	// Field by field: a literal is made aside and copied, which showed as a
	// third of the time of a packet.
	var g ipPayload
	g.src, g.dst = address4Of(b[12:]), address4Of(b[16:])
	g.body, g.size = b[header:min(total, len(b))], total-header
	g.hasID, g.id = true, binary.BigEndian.Uint16(b[4:])
	if f := binary.BigEndian.Uint16(b[6:]); f&0x3fff != 0 {
		return d.decodeIPv4Fragment(b[9], f, &g, t)
	}
	if b[9] == assigned.ProtoTCP {
		return d.decodeTCP(&g, t)
	}
	return d.decodeTransport(b[9], &g, t)
}

// decodeIPv4Fragment goes on with the whole datagram if g completes it. f holds
// the flags and the fragment offset.
func (d *Decoder) decodeIPv4Fragment(proto uint8, f uint16, g *ipPayload, t *TCP) bool {
	k := fragmentKey{src: g.src, dst: g.dst, id: uint32(g.id), proto: proto}
	frag := fragment{offset: int(f&0x1fff) * 8, more: f&0x2000 != 0, proto: proto}
	if !d.joinFragment(&k, &frag, g, t.Time) {
		return false
	}
	return d.decodeTransport(proto, g, t)
}

// decodeIPv6 decodes an IPv6 header, RFC 8200 section 3, and what is behind it.
func (d *Decoder) decodeIPv6(b []byte, t *TCP) bool {
	if len(b) < 40 {
		return d.failShort(malformedIPv6)
	}
	if b[0]>>4 != 6 {
		return d.fail(malformedIPv6)
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if total == 40 {
		total = d.offloadedSize(b)
	}
	var g ipPayload
	g.src, g.dst = addressOf(b[8:]), addressOf(b[24:])
	g.body, g.size = b[40:min(total, len(b))], total-40
	if b[6] == assigned.ProtoTCP {
		return d.decodeTCP(&g, t)
	}
	return d.decodeExtensions(b[6], &g, t)
}

// offloadedSize returns the size of a datagram that states none, because it was
// captured before the network card divided it into packets.
func (d *Decoder) offloadedSize(b []byte) int {
	return max(len(b), min(len(b)+d.missing, maxOffload))
}

// decodeExtensions passes over the IPv6 extension headers, RFC 8200 section 4,
// of which next is the first.
func (d *Decoder) decodeExtensions(next uint8, g *ipPayload, t *TCP) bool {
	for range maxExtensions {
		var n int
		b := g.body
		switch next {
		case assigned.ProtoHopByHop, assigned.ProtoRouting, assigned.ProtoDestination, assigned.ProtoMobility, assigned.ProtoHIP, assigned.ProtoShim6, assigned.ProtoAH, assigned.ProtoFragment:
			if len(b) < 8 {
				return d.failShort(malformedExtension)
			}
			n = extensionSize(next, b)
		default:
			return d.decodeTransport(next, g, t)
		}
		if !g.skip(n) {
			return d.failShort(malformedExtension)
		}
		if next != assigned.ProtoFragment {
			next = b[0]
			continue
		}
		var ok bool
		if next, ok = d.joinIPv6Fragment(b[:8], g, t.Time); !ok {
			return false
		}
	}
	return d.fail(tooManyExtensions)
}

// extensionSize returns the size of the extension header of type next at the
// start of b.
func extensionSize(next uint8, b []byte) int {
	switch next {
	case assigned.ProtoFragment:
		return 8
	case assigned.ProtoAH:
		return (int(b[1]) + 2) * 4 // RFC 4302 section 2.2
	default:
		return (int(b[1]) + 1) * 8
	}
}

// joinIPv6Fragment joins g to the datagram that the fragment header h, RFC 8200
// section 4.5, names. If it is whole, g holds it and the type of its first
// header is returned.
func (d *Decoder) joinIPv6Fragment(h []byte, g *ipPayload, now int64) (next uint8, ok bool) {
	id := binary.BigEndian.Uint32(h[4:])
	f := binary.BigEndian.Uint16(h[2:])
	g.hasID, g.id = true, uint16(id)
	frag := fragment{offset: int(f &^ 7), more: f&1 != 0, proto: h[0]}
	if frag.offset == 0 && !frag.more {
		return h[0], true // an atomic fragment, RFC 6946
	}
	k := fragmentKey{src: g.src, dst: g.dst, id: id, v6: true}
	ok = d.joinFragment(&k, &frag, g, now)
	return frag.proto, ok
}

// decodeTransport goes on with the protocol that an IP header, or the last
// extension header, names.
func (d *Decoder) decodeTransport(proto uint8, g *ipPayload, t *TCP) bool {
	switch proto {
	case assigned.ProtoTCP:
		return d.decodeTCP(g, t)
	case assigned.ProtoUDP:
		return d.decodeUDP(g, t)
	case assigned.ProtoAH:
		return d.decodeAH(g, t)
	case assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE:
		return d.decodeIPTunnel(proto, g.body, t)
	case assigned.ProtoESP:
		return d.fail(unreadESP)
	}
	return false
}

// decodeAH passes over an authentication header, RFC 4302 section 2, in IPv4.
func (d *Decoder) decodeAH(g *ipPayload, t *TCP) bool {
	b := g.body
	if len(b) < 8 || !g.skip(extensionSize(assigned.ProtoAH, b)) {
		return d.failShort(malformedExtension)
	}
	if !d.enterTunnel() {
		return false
	}
	return d.decodeTransport(b[0], g, t)
}
