package packet

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// decodeMPLS passes over a label stack, RFC 3032 section 2.1. Nothing names
// what is behind it, so its first bits must: IP has its version there, a
// pseudowire with Ethernet has zero, RFC 4385 section 3.
func (d *Decoder) decodeMPLS(b []byte, t *TCP) bool {
	if !d.enterTunnel() {
		return false
	}
	for bottom := false; !bottom; b = b[4:] {
		if len(b) < 4 {
			return d.failShort(malformedMPLS)
		}
		bottom = b[2]&1 != 0
	}
	if len(b) < 4 {
		return d.failShort(malformedMPLS)
	}
	switch b[0] >> 4 {
	case 0:
		return d.decodeEthernet(b[4:], t)
	case 4:
		return d.decodeIPv4(b, t)
	case 6:
		return d.decodeIPv6(b, t)
	}
	return false
}

// decodePPPoE decodes the header of a PPPoE session, RFC 2516 section 4.
func (d *Decoder) decodePPPoE(b []byte, t *TCP) bool {
	const version1type1, session = 0x11, 0
	if len(b) < 6 {
		return d.failShort(malformedPPPoE)
	}
	if b[0] != version1type1 || b[1] != session {
		return d.fail(malformedPPPoE)
	}
	return d.decodePPP(b[6:], t)
}

// decodePPP decodes a PPP packet, RFC 1661 section 2, with or without the
// address and control fields of RFC 1662 section 3.1, its protocol in two bytes
// or compressed to one.
func (d *Decoder) decodePPP(b []byte, t *TCP) bool {
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
		return d.decodeIPv4(b[n:], t)
	case assigned.PPPIPv6:
		return d.decodeIPv6(b[n:], t)
	}
	return false
}
