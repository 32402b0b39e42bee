package packet

import (
	"net/netip"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// The parts of the packets of the tests: 10.0.0.1, port 49153, says "hi" to
// 10.0.0.2, port 80; fd00::1 and fd00::2 do the same.
const (
	macs = "02 00 00 00 00 02  02 00 00 00 00 01 "
	eth4 = macs + "08 00 "
	eth6 = macs + "86 dd "
	vlan = "81 00 00 07 "

	tcpHi = "c0 01 00 50  00 00 00 01  00 00 00 02  50 18 ff ff  00 00 00 00  68 69 "
	// total length 42, identification 0x1234
	ip4Hi = "45 00 00 2a  12 34 40 00  40 06 00 00 " + addrs4 + tcpHi
	ip6Hi = "60 00 00 00  00 16 06 40 " + addrs6 + tcpHi

	addrs4 = "0a 00 00 01  0a 00 00 02 "
	addrs6 = "fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01  fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 "

	// The header of a datagram between tunnel ends, of unstated length.
	outer4 = "45 00 00 00  99 99 00 00  40 "
	ends4  = " 00 00  c0 a8 00 01  c0 a8 00 02 "
	gre4   = eth4 + outer4 + "2f" + ends4
	udp4   = eth4 + outer4 + "11" + ends4
)

// from returns the endpoint of a segment that sent it.
func from(s *TCP) netip.AddrPort { return endpoint(s, s.Dir) }

// to returns the endpoint of a segment that it is sent to.
func to(s *TCP) netip.AddrPort { return endpoint(s, 1-s.Dir) }

func endpoint(s *TCP, d capture.Dir) netip.AddrPort {
	return netip.AddrPortFrom(s.Key.Addr[d].netip(), s.Key.Port[d])
}

// checkHi reports whether s is what the sample packets hold.
func checkHi(t *testing.T, s *TCP, ipv6 bool) {
	t.Helper()
	src, dst := "10.0.0.1:49153", "10.0.0.2:80"
	if ipv6 {
		src, dst = "[fd00::1]:49153", "[fd00::2]:80"
	}
	if from(s).String() != src || to(s).String() != dst {
		t.Errorf("from %v to %v, want from %s to %s", from(s), to(s), src, dst)
	}
	if s.Seq != 1 || s.Ack != 2 || s.Flags != FlagPSH|FlagACK || string(s.Payload) != "hi" || s.Cut != 0 {
		t.Errorf("seq %d ack %d flags %#x payload %q cut %d", s.Seq, s.Ack, s.Flags, s.Payload, s.Cut)
	}
	if s.Frame != 7 || s.Time != 1e9 {
		t.Errorf("stamp %+v", s.Stamp)
	}
}

// segments are packets of all kinds that hold the same TCP segment.
var segments = []struct {
	name string
	link capture.LinkType
	data string
	ipv6 bool
}{
	{"Ethernet", 1, eth4 + ip4Hi, false},
	{"Ethernet padding", 1, eth4 + ip4Hi + "00 00 00 00", false},
	{"Ethernet IPv6", 1, eth6 + ip6Hi, true},
	{"VLAN", 1, macs + vlan + "08 00" + ip4Hi, false},
	{"VLAN in VLAN", 1, macs + "88 a8 00 01 91 00 00 02" + vlan + vlan + vlan + "08 00" + ip4Hi, false},
	{"SNAP", 1, macs + "00 32 aa aa 03 00 00 00 08 00" + ip4Hi, false},
	{"SNAP behind VLAN, IPv6", 1, macs + vlan + "00 46 aa aa 03 00 00 00 86 dd" + ip6Hi, true},
	{"raw", 101, ip4Hi, false},
	{"raw IPv6", 101, ip6Hi, true},
	{"raw 12", 12, ip4Hi, false},
	{"raw 14", 14, ip6Hi, true},
	{"IPV4", 228, ip4Hi, false},
	{"IPV6", 229, ip6Hi, true},
	{"NULL little-endian", 0, "02 00 00 00" + ip4Hi, false},
	{"NULL big-endian", 0, "00 00 00 02" + ip4Hi, false},
	{"NULL of Linux, IPv6", 0, "0a 00 00 00" + ip6Hi, true},
	{"NULL of NetBSD and Windows, IPv6", 0, "18 00 00 00" + ip6Hi, true},
	{"NULL of FreeBSD, IPv6", 0, "1c 00 00 00" + ip6Hi, true},
	{"NULL of macOS, IPv6", 0, "1e 00 00 00" + ip6Hi, true},
	{"LOOP", 108, "00 00 00 02" + ip4Hi, false},
	{"LOOP IPv6", 108, "00 00 00 18" + ip6Hi, true},
	{"cooked", 113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00" + ip4Hi, false},
	{"cooked of a GRE interface", 113, "00 00 03 0a 00 00 00 00 00 00 00 00 00 00 08 00" + ip4Hi, false},
	{"cooked VLAN", 113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00" + vlan + "86 dd" + ip6Hi, true},
	{"cooked LLC", 113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 00 04 aa aa 03 00 00 00 08 00" + ip4Hi, false},
	{"cooked2", 276, "08 00 00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00 00" + ip4Hi, false},
	{"cooked2 VLAN", 276, "88 a8 00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00 00 00 07 86 dd" + ip6Hi, true},
	{"PPP", 9, "ff 03 00 21" + ip4Hi, false},

	{"IPv4 options", 101, "46 00 00 2e 12 34 40 00 40 06 00 00" + addrs4 + "94 04 00 00" + tcpHi, false},
	{"IPv4 of offloading", 101, "45 00 00 00 12 34 40 00 40 06 00 00" + addrs4 + tcpHi, false},
	{"IPv4 authentication header", 101, "45 00 00 42 12 34 40 00 40 33 00 00" + addrs4 +
		"06 04 00 00  00 00 00 01  00 00 00 01  00 11 22 33  44 55 66 77  88 99 aa bb" + tcpHi, false},
	{"IPv6 of offloading", 101, "60 00 00 00 00 00 06 40" + addrs6 + tcpHi, true},
	{"IPv6 extensions", 101, "60 00 00 00 00 46 00 40" + addrs6 +
		"3c 00 05 02 00 00 01 00" + // hop-by-hop
		"2b 00 01 04 00 00 00 00" + // destination
		"33 00 00 00 00 00 00 00" + // routing
		"2c 02 00 00  00 00 00 01  00 00 00 01  00 00 00 00" + // authentication
		"06 00 00 00 00 00 00 05" + // atomic fragment
		tcpHi, true},

	{"MPLS", 1, macs + "88 47 00 01 00 ff 00 02 01 ff" + ip4Hi, false},
	{"MPLS IPv6", 1, macs + "88 48 00 02 01 ff" + ip6Hi, true},
	{"MPLS pseudowire", 1, macs + "88 47 00 02 01 ff 00 00 00 00" + eth4 + ip4Hi, false},
	{"PBB", 1, macs + "88 a8 00 01 88 e7 00 00 00 07" + eth4 + ip4Hi, false},
	{"FabricPath", 1, macs + "89 03 00 40" + eth4 + ip4Hi, false},
	{"PPPoE", 1, macs + "88 64 11 00 00 01 00 2c 00 21" + ip4Hi, false},
	{"PPPoE IPv6", 1, macs + "88 64 11 00 00 01 00 40 00 57" + ip6Hi, true},
	{"PPPoE compressed protocol", 1, macs + "88 64 11 00 00 01 00 2b 21" + ip4Hi, false},
	{"IP in IP", 1, eth4 + outer4 + "04" + ends4 + ip4Hi, false},
	{"6in4", 1, eth4 + outer4 + "29" + ends4 + ip6Hi, true},
	{"4in6", 1, eth6 + "60 00 00 00 00 2a 04 40" + addrs6 + ip4Hi, false},
	{"GRE", 1, gre4 + "00 00 08 00" + ip4Hi, false},
	{"GRE checksum, key, sequence", 1, gre4 + "b0 00 08 00 00 00 00 00 00 00 00 01 00 00 00 02" + ip4Hi, false},
	{"GRE bridge", 1, gre4 + "20 00 65 58 00 00 01 00" + eth6 + ip6Hi, true},
	{"GRE PPTP", 1, gre4 + "30 81 88 0b 00 2e 00 01 00 00 00 02 00 00 00 01 ff 03 00 21" + ip4Hi, false},
	{"ERSPAN I", 1, gre4 + "00 00 88 be" + eth4 + ip4Hi, false},
	{"ERSPAN II", 1, gre4 + "10 00 88 be 00 00 00 09 10 07 00 01 00 00 00 00" + macs + vlan + "08 00" + ip4Hi, false},
	{"GRE WCCP", 1, gre4 + "00 00 88 3e" + ip4Hi, false},
	{"GRE WCCP version 2", 1, gre4 + "00 00 88 3e 00 00 00 00" + ip4Hi, false},
	{"GRE in UDP", 1, udp4 + "d0 00 12 92 00 00 00 00 00 00 08 00" + ip4Hi, false},
	{"VXLAN", 1, udp4 + "d0 00 12 b5 00 00 00 00 08 00 00 00 00 00 07 00" + eth4 + ip4Hi, false},
	{"VXLAN old port", 1, udp4 + "d0 00 21 18 00 00 00 00 08 00 00 00 00 00 07 00" + eth6 + ip6Hi, true},
	{"Geneve", 1, udp4 + "d0 00 17 c1 00 00 00 00 01 00 65 58 00 00 07 00 01 02 80 00" + eth4 + ip4Hi, false},
	{"Geneve, most options", 1, udp4 + "d0 00 17 c1 00 00 00 00 3f 00 08 00 00 00 07 00" + strings.Repeat("00", 252) + ip4Hi, false},
	{"GTP-U", 1, udp4 + "08 68 08 68 00 00 00 00 30 ff 00 2a 00 00 00 01" + ip4Hi, false},
	{"GTP-U extension", 1, udp4 + "08 68 08 68 00 00 00 00 34 ff 00 46 00 00 00 01 00 00 00 85 01 10 09 00" + ip6Hi, true},
	{"mirrored VXLAN", 1, gre4 + "10 00 88 be 00 00 00 09 10 07 00 01 00 00 00 00" +
		udp4 + "d0 00 12 b5 00 00 00 00 08 00 00 00 00 00 07 00" + eth4 + ip4Hi, false},
}

func TestDecode(t *testing.T) {
	for _, test := range segments {
		t.Run(test.name, func(t *testing.T) {
			var s TCP
			d := NewDecoder()
			if !d.Decode(packettest.New(test.link, packettest.Hex(t, test.data)), &s) {
				t.Fatalf("no segment; not decoded: %v", d.NotDecoded())
			}
			checkHi(t, &s, test.ipv6)
			if s.Key.Hash != d.hasher.Hash(&s.Key) {
				t.Error("hash is not that of the key")
			}
			if n := d.NotDecoded(); len(n) != 0 {
				t.Errorf("not decoded: %v", n)
			}
		})
	}
}

func TestDirectionMark(t *testing.T) {
	cooked := func(packetType string) string {
		return packetType + "00 01 00 06 02 00 00 00 00 01 00 00 08 00" + ip4Hi
	}
	cooked2 := func(packetType string) string {
		return "08 00 00 00 00 00 00 03 00 01" + packetType + "06 02 00 00 00 00 01 00 00" + ip4Hi
	}
	for _, test := range []struct {
		name string
		link capture.LinkType
		data string
		mark capture.Direction // of the packet
		want capture.Direction
	}{
		{"cooked to us", 113, cooked("00 00"), capture.Unmarked, capture.Inbound},
		{"cooked outgoing", 113, cooked("00 04"), capture.Unmarked, capture.Outbound},
		{"cooked to another", 113, cooked("00 03"), capture.Unmarked, capture.Passing},
		{"cooked to many", 113, cooked("00 01"), capture.Unmarked, capture.Unmarked},
		{"cooked loopback", 113, "00 04 03 04 00 06 00 00 00 00 00 00 00 00 08 00" + ip4Hi, capture.Unmarked, capture.Looped},
		{"Ethernet loopback", 1, "00 00 00 00 00 00 00 00 00 00 00 00 08 00" + ip4Hi, capture.Outbound, capture.Looped},
		{"Ethernet without a mark", 1, "00 00 00 00 00 00 00 00 00 00 00 00 08 00" + ip4Hi, capture.Unmarked, capture.Unmarked},
		{"cooked2 to us", 276, cooked2("00"), capture.Unmarked, capture.Inbound},
		{"cooked2 outgoing", 276, cooked2("04"), capture.Unmarked, capture.Outbound},
		{"cooked2 multicast", 276, cooked2("02"), capture.Unmarked, capture.Unmarked},
		{"pcapng", 1, eth4 + ip4Hi, capture.Outbound, capture.Outbound},
		{"inside a tunnel", 1, gre4 + "00 00 08 00" + ip4Hi, capture.Outbound, capture.Unmarked},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s TCP
			p := packettest.New(test.link, packettest.Hex(t, test.data))
			p.Direction = test.mark
			if !NewDecoder().Decode(p, &s) {
				t.Fatal("no segment")
			}
			if s.Mark != test.want {
				t.Errorf("mark %d, want %d", s.Mark, test.want)
			}
		})
	}
}

func TestIdentification(t *testing.T) {
	var s TCP
	d := NewDecoder()
	if !d.Decode(packettest.New(101, packettest.Hex(t, ip4Hi)), &s) || !s.HasID || s.ID != 0x1234 {
		t.Errorf("IPv4: hasID %v id %#x", s.HasID, s.ID)
	}
	if !d.Decode(packettest.New(101, packettest.Hex(t, ip6Hi)), &s) || s.HasID {
		t.Errorf("IPv6: hasID %v", s.HasID)
	}
}

func TestBothDirectionsHaveOneKey(t *testing.T) {
	there := packettest.Hex(t, ip4Hi)
	back := append([]byte(nil), there...)
	copy(back[12:], there[16:20])
	copy(back[16:], there[12:16])
	copy(back[20:], there[22:24])
	copy(back[22:], there[20:22])
	var a, b TCP
	d := NewDecoder()
	if !d.Decode(packettest.New(101, there), &a) || !d.Decode(packettest.New(101, back), &b) {
		t.Fatal("no segment")
	}
	if a.Key != b.Key || a.Key.Hash != b.Key.Hash || a.Dir != 0 || b.Dir != 1 {
		t.Errorf("keys %v %v, hashes %x %x, directions %d %d", a.Key, b.Key, a.Key.Hash, b.Key.Hash, a.Dir, b.Dir)
	}
}

func TestFrameCheckSequence(t *testing.T) {
	var s TCP
	offloaded := "45 00 00 00 12 34 40 00 40 06 00 00" + addrs4 + tcpHi
	p := packettest.New(1, packettest.Hex(t, eth4+offloaded+"de ad be ef"))
	p.FCS = 4
	if !NewDecoder().Decode(p, &s) {
		t.Fatal("no segment")
	}
	checkHi(t, &s, false)
	p.FCS = len(p.Data) + 1
	if NewDecoder().Decode(p, &s) {
		t.Error("a segment of a packet that is all frame check sequence")
	}
}

func TestCutPayload(t *testing.T) {
	for _, test := range []struct {
		name    string
		data    string
		keep    int
		payload string
		cut     int
	}{
		{"one byte", eth4 + ip4Hi, 55, "h", 1},
		{"all", eth4 + ip4Hi, 54, "", 2},
		{"of unstated length", eth4 + outer4 + "06 00 00" + addrs4 + tcpHi, 55, "h", 1},
		{"IPv6", eth6 + ip6Hi, 75, "h", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := packettest.New(1, packettest.Hex(t, test.data))
			p.Data = p.Data[:test.keep]
			var s TCP
			if !NewDecoder().Decode(p, &s) {
				t.Fatal("no segment")
			}
			if string(s.Payload) != test.payload || s.Cut != test.cut {
				t.Errorf("payload %q cut %d, want %q %d", s.Payload, s.Cut, test.payload, test.cut)
			}
		})
	}
}
