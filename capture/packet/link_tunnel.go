package packet

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// mpls passes over a label stack, RFC 3032 section 2.1. Nothing names what is
// behind it, so its first bits must: IP has its version there, a pseudowire
// with Ethernet has zero, RFC 4385 section 3.
func (d *Decoder) mpls(b []byte, t *TCP) bool {
	if !d.enter() {
		return false
	}
	for bottom := false; !bottom; b = b[4:] {
		if len(b) < 4 {
			return d.short(malformedMPLS)
		}
		bottom = b[2]&1 != 0
	}
	if len(b) < 4 {
		return d.short(malformedMPLS)
	}
	switch b[0] >> 4 {
	case 0:
		return d.ethernet(b[4:], t)
	case 4:
		return d.ipv4(b, t)
	case 6:
		return d.ipv6(b, t)
	}
	return false
}

// pppoe decodes the header of a PPPoE session, RFC 2516 section 4.
func (d *Decoder) pppoe(b []byte, t *TCP) bool {
	const version1type1, session = 0x11, 0
	if len(b) < 6 {
		return d.short(malformedPPPoE)
	}
	if b[0] != version1type1 || b[1] != session {
		return d.fail(malformedPPPoE)
	}
	return d.ppp(b[6:], t)
}

// ppp decodes a PPP packet, RFC 1661 section 2, with or without the address and
// control fields of RFC 1662 section 3.1, its protocol in two bytes or
// compressed to one.
func (d *Decoder) ppp(b []byte, t *TCP) bool {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	if len(b) < 2 {
		return false
	}
	proto, n := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 {
		proto, n = uint16(b[0]), 1
	}
	switch proto {
	case assigned.PPPIPv4:
		return d.ipv4(b[n:], t)
	case assigned.PPPIPv6:
		return d.ipv6(b[n:], t)
	}
	return false
}
