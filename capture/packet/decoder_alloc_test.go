package packet

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// commonPackets are those that a capture has millions of, with 1000 bytes of
// payload.
func commonPackets(t testing.TB) map[string]*capture.Packet {
	payload := strings.Repeat("61", 1000)
	ip4 := "45 00 04 10 12 34 40 00 40 06 00 00" + addrs4 + tcpHi[:len(tcpHi)-6] + payload
	ip6 := "60 00 00 00 03 fc 06 40" + addrs6 + tcpHi[:len(tcpHi)-6] + payload
	return map[string]*capture.Packet{
		"ethernet-ipv4": packettest.New(capture.LinkEthernet, packettest.Hex(t, eth4+ip4)),
		"ethernet-ipv6": packettest.New(capture.LinkEthernet, packettest.Hex(t, eth6+ip6)),
		"vlan-ipv4":     packettest.New(capture.LinkEthernet, packettest.Hex(t, macs+vlan+"08 00"+ip4)),
		"sll-ipv4":      packettest.New(capture.LinkLinuxSLL, packettest.Hex(t, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00"+ip4)),
		"sll2-ipv4":     packettest.New(capture.LinkLinuxSLL2, packettest.Hex(t, "08 00 00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00 00"+ip4)),
		"raw-ipv4":      packettest.New(capture.LinkRaw, packettest.Hex(t, ip4)),
		"null-ipv4":     packettest.New(capture.LinkNull, packettest.Hex(t, "02 00 00 00"+ip4)),
		"vxlan-ipv4":    packettest.New(capture.LinkEthernet, packettest.Hex(t, udp4+"d0 00 12 b5 00 00 00 00 08 00 00 00 00 00 07 00"+eth4+ip4)),
		"erspan-ipv4":   packettest.New(capture.LinkEthernet, packettest.Hex(t, gre4+"10 00 88 be 00 00 00 09 10 07 00 01 00 00 00 00"+eth4+ip4)),
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	for name, p := range commonPackets(t) {
		t.Run(name, func(t *testing.T) {
			var s TCP
			d := NewDecoder()
			got := testing.AllocsPerRun(100, func() {
				if !d.DecodePlain(p, &s) && !d.Decode(p, &s) {
					t.Fatal("no segment")
				}
			})
			if len(s.Payload) != 1000 {
				t.Errorf("payload of %d bytes, want 1000", len(s.Payload))
			}
			if got != 0 {
				t.Errorf("%v allocations, want none", got)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, p := range commonPackets(b) {
		b.Run(name, func(b *testing.B) {
			var s TCP
			d := NewDecoder()
			b.SetBytes(int64(len(p.Data)))
			b.ReportAllocs()
			for b.Loop() {
				_ = d.DecodePlain(p, &s) || d.Decode(p, &s)
			}
		})
	}
}
