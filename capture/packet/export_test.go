package packet

import (
	"net/netip"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// Segments returns packets of all kinds that hold a TCP segment, by name, for
// the tests of what else looks into packets.
func Segments(t testing.TB) map[string]*capture.Packet {
	out := make(map[string]*capture.Packet)
	for _, s := range segments {
		out[s.name] = packettest.New(s.link, packettest.Hex(t, s.data))
	}
	return out
}

// Ends returns the endpoints of the TCP segment that p holds by itself, without
// other fragments.
func Ends(p *capture.Packet) (src, dst netip.AddrPort, ok bool) {
	var s TCP
	if !NewDecoder().Decode(p, &s) {
		return src, dst, false
	}
	return from(&s), to(&s), true
}

// IsFragment reports whether the decoder keeps p for the datagram that it is a
// part of.
func IsFragment(p *capture.Packet) bool {
	d := NewDecoder()
	return !d.Decode(p, new(TCP)) && d.fragments.frames > 0
}
