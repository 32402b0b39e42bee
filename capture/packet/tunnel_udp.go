package packet

import (
	"encoding/binary"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// udp decodes the tunnels that UDP carries. Other traffic may use their ports: what
// does not look like the tunnel is left alone.
func (d *Decoder) udp(g *datagram, t *TCP) bool {
	b := g.body
	if len(b) < 16 || !tunnelPort(b) || !d.enter() {
		return false
	}
	t.Mark = capture.Unmarked
	switch binary.BigEndian.Uint16(b[2:]) {
	case assigned.PortGeneve:
		return d.geneve(b[8:], t)
	case assigned.PortGRE: // RFC 8086
		return d.gre(b[8:], t)
	case assigned.PortGTPU:
		return d.gtp(b[8:], t)
	}
	return d.vxlan(b[8:], t)
}

// tunnelPort reports whether the UDP header at the start of b is of a tunnel.
func tunnelPort(b []byte) bool {
	return assigned.TunnelPort(binary.BigEndian.Uint16(b[2:]))
}

// vxlan decodes a VXLAN header, RFC 7348 section 5.
func (d *Decoder) vxlan(b []byte, t *TCP) bool {
	s := d.rare()
	if !parsed(&s.vxlan, b) || !s.vxlan.ValidIDFlag {
		return false
	}
	return d.ethernet(s.vxlan.Payload, t)
}

// geneve decodes a Geneve header, RFC 8926 section 3.4. b has at least 8 bytes.
func (d *Decoder) geneve(b []byte, t *TCP) bool {
	header := 8 + int(b[0]&0x3f)*4
	if b[0]>>6 != 0 || header > len(b) {
		return false
	}
	return d.etherType(binary.BigEndian.Uint16(b[2:]), b[header:], t)
}

// gtp decodes a GTP-U header of a user packet, 3GPP TS 29.281 section 5.1. b has at
// least 8 bytes.
func (d *Decoder) gtp(b []byte, t *TCP) bool {
	const version1, userPacket, hasOptions, hasExtensions = 0x30, 0xff, 7, 4
	if b[0]&0xf0 != version1 || b[1] != userPacket {
		return false
	}
	flags := b[0]
	b = b[8:]
	if flags&hasOptions != 0 {
		if len(b) < 4 {
			return false
		}
		next := b[3]
		b = b[4:]
		for flags&hasExtensions != 0 && next != 0 {
			// Its length counts words of 4 bytes; the last byte names the next.
			if len(b) == 0 || b[0] == 0 || int(b[0])*4 > len(b) {
				return false
			}
			n := int(b[0]) * 4
			next, b = b[n-1], b[n:]
		}
	}
	return d.rawIP(b, t)
}
