package capture

import (
	"net/netip"
	"testing"
)

// Segments gives packets of all kinds that hold a TCP segment, by name, for the
// tests of what else looks into packets.
func Segments(t testing.TB) map[string]*Packet {
	out := make(map[string]*Packet)
	for _, s := range segments {
		out[s.name] = packetOf(s.link, wire(t, s.data))
	}
	return out
}

// Ends gives the endpoints of the TCP segment that p holds by itself, without
// other fragments.
func Ends(p *Packet) (src, dst netip.AddrPort, ok bool) {
	var s tcpSegment
	if !newPacketDecoder().decode(p, &s) {
		return src, dst, false
	}
	return from(&s), to(&s), true
}

// IsFragment reports whether the decoder keeps p for the datagram that it is a part of.
func IsFragment(p *Packet) bool {
	d := newPacketDecoder()
	return !d.decode(p, new(tcpSegment)) && d.fragments.frames > 0
}

// SharedDir finds the captures that are not part of the project.
func SharedDir(t *testing.T) string { return sharedDir(t) }
