package filter

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// ipv4 reads an IPv4 header, RFC 791 section 3.1, and the tunnels behind it.
// Only what package capture would go on with is looked into.
func (w *walker) ipv4(b []byte) {
	w.add(layerIPv4, b)
	if len(b) < 20 || !mayTunnel4(b[9]) || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
		return
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b) // the network card was to write it
	}
	if b[0]>>4 != 4 || header < 20 || header > total || header > len(b) {
		return
	}
	w.transport(b[9], b[header:min(total, len(b))])
}

// mayTunnel4 reports whether there may be more headers behind IPv4.
func mayTunnel4(proto uint8) bool {
	switch proto {
	case assigned.ProtoUDP, assigned.ProtoAH, assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE:
		return true
	}
	return false
}

// ipv6 reads an IPv6 header, RFC 8200 section 3, and the tunnels behind it.
func (w *walker) ipv6(b []byte) {
	w.add(layerIPv6, b)
	if len(b) < 40 || b[0]>>4 != 6 {
		return
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if total == 40 {
		total = len(b)
	}
	next := b[6]
	b = b[40:min(total, len(b))]
	for range maxExtensions {
		size := extensionSize(next, b)
		if size == 0 {
			w.transport(next, b)
			return
		}
		if size > len(b) || next == assigned.ProtoFragment && binary.BigEndian.Uint16(b[2:])&^7 != 0 {
			return
		}
		next, b = b[0], b[size:]
	}
}

// extensionSize returns the size of the extension header of type next at the
// start of b, RFC 8200 section 4; 0 if next is none, more than b has if it is
// cut.
func extensionSize(next uint8, b []byte) int {
	switch next {
	case assigned.ProtoHopByHop, assigned.ProtoRouting, assigned.ProtoDestination, assigned.ProtoMobility, assigned.ProtoHIP, assigned.ProtoShim6, assigned.ProtoAH, assigned.ProtoFragment:
	default:
		return 0
	}
	switch {
	case len(b) < 8:
		return 8
	case next == assigned.ProtoFragment:
		return 8
	case next == assigned.ProtoAH:
		return (int(b[1]) + 2) * 4 // RFC 4302 section 2.2
	}
	return (int(b[1]) + 1) * 8
}

// transport reads the tunnels in what an IP header names.
func (w *walker) transport(proto uint8, b []byte) {
	switch proto {
	case assigned.ProtoUDP:
		w.udp(b)
	case assigned.ProtoAH:
		if size := extensionSize(proto, b); size <= len(b) && w.enter() {
			w.transport(b[0], b[size:])
		}
	case assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE:
		if !w.enter() {
			return
		}
		switch proto {
		case assigned.ProtoIPv4:
			w.ipv4(b)
		case assigned.ProtoIPv6:
			w.ipv6(b)
		default:
			w.gre(b)
		}
	}
}
