package packet

import (
	"encoding/binary"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// decodeUDP decodes UDP: what it carries if it is a tunnel, else the datagram.
// Other traffic may use the ports of tunnels, so the header of the tunnel has
// to be there too.
func (d *Decoder) decodeUDP(g *ipPayload, t *TCP) bool {
	b := g.body
	if len(b) < 16 || !tunnelPort(b) {
		return d.takeDatagram(g, t)
	}
	if !d.enterTunnel() {
		return false
	}
	mark := t.Mark
	t.Mark = capture.Unmarked
	b = b[8:]
	switch binary.BigEndian.Uint16(g.body[2:]) {
	case assigned.PortGRE: // RFC 8086
		return d.decodeGRE(b, t)
	case assigned.PortGeneve:
		if inner, ok := genevePayload(b); ok {
			return d.decodeEtherType(binary.BigEndian.Uint16(b[2:]), inner, t)
		}
	case assigned.PortGTPU:
		if inner, ok := gtpPayload(b); ok {
			return d.decodeRawIP(inner, t)
		}
	default:
		if vxlan := &d.rareLayers().vxlan; parsed(vxlan, b) && vxlan.ValidIDFlag { // RFC 7348 section 5
			return d.decodeEthernet(vxlan.Payload, t)
		}
	}
	t.Mark = mark
	return d.takeDatagram(g, t)
}

// tunnelPort reports whether the UDP header at the start of b is of a tunnel.
func tunnelPort(b []byte) bool {
	return assigned.TunnelPort(binary.BigEndian.Uint16(b[2:]))
}

// genevePayload returns what is behind a Geneve header, RFC 8926 section 3.4. b
// has at least 8 bytes.
func genevePayload(b []byte) ([]byte, bool) {
	header := 8 + int(b[0]&0x3f)*4
	if b[0]>>6 != 0 || header > len(b) {
		return nil, false
	}
	return b[header:], true
}

// gtpPayload returns what is behind a GTP-U header of a user packet, 3GPP TS
// 29.281 section 5.1. b has at least 8 bytes.
func gtpPayload(b []byte) ([]byte, bool) {
	const version1, userPacket, hasOptions, hasExtensions = 0x30, 0xff, 7, 4
	if b[0]&0xf0 != version1 || b[1] != userPacket {
		return nil, false
	}
	flags := b[0]
	b = b[8:]
	if flags&hasOptions == 0 {
		return b, true
	}
	if len(b) < 4 {
		return nil, false
	}
	next := b[3]
	b = b[4:]
	for flags&hasExtensions != 0 && next != 0 {
		// Its length counts words of 4 bytes; the last byte names the next.
		if len(b) == 0 || b[0] == 0 || int(b[0])*4 > len(b) {
			return nil, false
		}
		n := int(b[0]) * 4
		next, b = b[n-1], b[n:]
	}
	return b, true
}
