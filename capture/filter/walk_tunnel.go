package filter

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// gre reads a GRE header, RFC 2784 and RFC 2890, or that of PPTP, RFC 2637
// section 4.1.
func (w *walker) gre(b []byte) {
	const checksum, routing, key, sequence, acknowledge = 0x80, 0x40, 0x20, 0x10, 0x80
	if len(b) < 4 || b[0]&routing != 0 {
		return
	}
	size := 4
	for _, bit := range []bool{b[0]&checksum != 0, b[0]&key != 0, b[0]&sequence != 0, b[1]&acknowledge != 0} {
		if bit {
			size += 4
		}
	}
	if len(b) < size {
		return
	}
	hasSequence, typ := b[0]&sequence != 0, binary.BigEndian.Uint16(b[2:])
	b = b[size:]
	switch {
	case typ != assigned.EtherERSPAN:
		w.etherType(typ, b)
	case !hasSequence: // type I of draft-foschiano-erspan has no header
		w.ethernet(b)
	case len(b) >= 8:
		w.ethernet(b[8:])
	}
}

// mpls reads what is behind a label stack, RFC 3032 section 2.1: IP, or an
// Ethernet frame behind a control word, RFC 4385 section 3.
func (w *walker) mpls(b []byte) {
	if !w.enter() {
		return
	}
	for bottom := false; !bottom; b = b[4:] {
		if len(b) < 4 {
			return
		}
		bottom = b[2]&1 != 0
	}
	if len(b) < 4 {
		return
	}
	if b[0]>>4 == 0 {
		w.ethernet(b[4:])
		return
	}
	w.rawIP(b)
}

// ppp reads a PPP packet, RFC 1661 section 2, with or without the address and
// control fields of RFC 1662 section 3.1.
func (w *walker) ppp(b []byte) {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	if len(b) < 2 {
		return
	}
	proto, n := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 {
		proto, n = uint16(b[0]), 1
	}
	switch proto {
	case assigned.PPPIPv4:
		w.ipv4(b[n:])
	case assigned.PPPIPv6:
		w.ipv6(b[n:])
	}
}

// udp reads the tunnels that UDP carries.
func (w *walker) udp(b []byte) {
	if len(b) < 16 || !assigned.TunnelPort(binary.BigEndian.Uint16(b[2:])) || !w.enter() {
		return
	}
	port := binary.BigEndian.Uint16(b[2:])
	b = b[8:]
	switch port {
	case assigned.PortGRE: // RFC 8086
		w.gre(b)
	case assigned.PortGTPU:
		w.gtp(b)
	case assigned.PortGeneve: // RFC 8926 section 3.4
		if header := 8 + int(b[0]&0x3f)*4; b[0]>>6 == 0 && header <= len(b) {
			w.etherType(binary.BigEndian.Uint16(b[2:]), b[header:])
		}
	default: // VXLAN, RFC 7348 section 5
		const validID = 0x08
		if b[0]&validID != 0 {
			w.ethernet(b[8:])
		}
	}
}

// gtp reads a GTP-U header of a user packet, 3GPP TS 29.281 section 5.1. b has
// at least 8 bytes.
func (w *walker) gtp(b []byte) {
	const version1, userPacket, hasOptions, hasExtensions = 0x30, 0xff, 7, 4
	if b[0]&0xf0 != version1 || b[1] != userPacket {
		return
	}
	flags := b[0]
	b = b[8:]
	if flags&hasOptions != 0 {
		if len(b) < 4 {
			return
		}
		next := b[3]
		b = b[4:]
		for flags&hasExtensions != 0 && next != 0 {
			if len(b) == 0 || b[0] == 0 || int(b[0])*4 > len(b) {
				return
			}
			n := int(b[0]) * 4
			next, b = b[n-1], b[n:]
		}
	}
	w.rawIP(b)
}
