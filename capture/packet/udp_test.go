package packet

import (
	"fmt"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

// "hello" from port 88 to port 49153, and the IP headers before it.
const (
	udpHello = "00 58 c0 01 00 0d 00 00  68 65 6c 6c 6f "
	udp4IP   = "45 00 00 21  12 34 40 00  40 11 00 00 " + addrs4
	udp6IP   = "60 00 00 00  00 0d 11 40 " + addrs6
	ends4UDP = "10.0.0.1:88 > 10.0.0.2:49153 "
	ends6UDP = "[fd00::1]:88 > [fd00::2]:49153 "
	vxlanTo  = udp4 + "d0 00 12 b5 00 00 00 00 08 00 00 00 00 00 07 00"
)

// describe writes a datagram in one line.
func describe(g *capture.Datagram) string {
	if g == nil {
		return ""
	}
	text := fmt.Sprintf("%v > %v %q", g.Src, g.Dst, g.Data)
	if g.Direction != capture.Unmarked {
		text += fmt.Sprint(" direction ", g.Direction)
	}
	if g.Cut {
		text += " cut"
	}
	return text
}

func TestDatagrams(t *testing.T) {
	for _, test := range []struct {
		name string
		link capture.LinkType
		data string
		cut  int    // bytes at the end that the capture did not keep
		want string // empty if there is none
		why  string // what is counted as not decoded
	}{
		{name: "IPv4", link: 1, data: eth4 + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "IPv4 padded", link: 1, data: eth4 + udp4IP + udpHello + "00 00 00 00", want: ends4UDP + `"hello"`},
		{name: "IPv4 options", link: 101, data: "46" + udp4IP[2:6] + "00 25" + udp4IP[11:] + "01 01 01 00" + udpHello, want: ends4UDP + `"hello"`},
		{name: "IPv6", link: 1, data: eth6 + udp6IP + udpHello, want: ends6UDP + `"hello"`},
		{name: "IPv6 extension", link: 101, data: "60 00 00 00  00 15 3c 40 " + addrs6 + "11 00 00 00 00 00 00 00" + udpHello, want: ends6UDP + `"hello"`},
		{name: "IPv6 atomic fragment", link: 101, data: "60 00 00 00  00 15 2c 40 " + addrs6 + "11 00 00 00 00 00 00 07" + udpHello, want: ends6UDP + `"hello"`},
		{name: "VLAN", link: 1, data: macs + vlan + "08 00" + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "VLAN in VLAN", link: 1, data: macs + "88 a8 00 01" + vlan + "86 dd" + udp6IP + udpHello, want: ends6UDP + `"hello"`},
		{name: "cooked to us", link: 113, data: "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00" + udp4IP + udpHello, want: ends4UDP + `"hello" direction 1`},
		{name: "without bytes", link: 101, data: strings.Replace(udp4IP, "00 21", "00 1c", 1) + "00 58 c0 01 00 08 00 00", want: ends4UDP + `""`},
		{name: "of unstated length", link: 101, data: udp4IP + strings.Replace(udpHello, "00 0d", "00 00", 1), want: ends4UDP + `"hello"`},
		{name: "shorter than IP says", link: 101, data: udp4IP + strings.Replace(udpHello, "00 0d", "00 0a", 1), want: ends4UDP + `"he"`},
		{name: "cut", link: 1, data: eth4 + udp4IP + udpHello, cut: 2, want: ends4UDP + `"hel" cut`},
		{name: "padding cut", link: 1, data: eth4 + udp4IP + udpHello + "00 00", cut: 2, want: ends4UDP + `"hello"`},
		{name: "all bytes cut", link: 1, data: eth4 + udp4IP + udpHello, cut: 5, want: ends4UDP + `"" cut`},
		{name: "header cut", link: 1, data: eth4 + udp4IP + udpHello, cut: 6, why: "UDP header cut by the snapshot length"},
		{name: "header short", link: 101, data: "45 00 00 1b" + udp4IP[12:] + udpHello, why: "malformed UDP header"},
		{name: "longer than IP says", link: 101, data: udp4IP + strings.Replace(udpHello, "00 0d", "00 0e", 1), why: "malformed UDP header"},
		{name: "length of less than the header", link: 101, data: udp4IP + strings.Replace(udpHello, "00 0d", "00 07", 1), why: "malformed UDP header"},

		{name: "in VXLAN", link: 1, data: vxlanTo + eth4 + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "in Geneve", link: 1, data: udp4 + "d0 00 17 c1 00 00 00 00 01 00 86 dd 00 00 07 00 01 02 80 00" + udp6IP + udpHello, want: ends6UDP + `"hello"`},
		{name: "in GTP-U", link: 1, data: udp4 + "08 68 08 68 00 00 00 00 30 ff 00 21 00 00 00 01" + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "in GRE", link: 1, data: gre4 + "00 00 08 00" + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "in IP in IP", link: 1, data: eth4 + outer4 + "04" + ends4 + udp4IP + udpHello, want: ends4UDP + `"hello"`},
		{name: "to the port of VXLAN, but none", link: 1, data: udp4 + "01 85 12 b5 00 11 00 00 30 82 01 02 03 04 05 06 07", want: `192.168.0.1:389 > 192.168.0.2:4789 "0\x82\x01\x02\x03\x04\x05\x06\a"`},
		{name: "to the port of GTP-U, but none", link: 1, data: udp4 + "00 58 08 68 00 10 00 00 6d 82 01 02 03 04 05 06", want: `192.168.0.1:88 > 192.168.0.2:2152 "m\x82\x01\x02\x03\x04\x05\x06"`},
		{name: "TCP", link: 1, data: eth4 + ip4Hi},
		{name: "ARP", link: 1, data: macs + "08 06 00 01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := packettest.New(test.link, packettest.Hex(t, test.data))
			p.Data = p.Data[:len(p.Data)-test.cut]
			d := NewDecoder()
			if d.Decode(p, new(TCP)); d.Datagram() != nil {
				t.Fatal("a datagram although none is wanted")
			}
			if n := d.NotDecoded(); len(n) > 0 {
				t.Errorf("not decoded, without datagrams: %v", n)
			}
			d.WantDatagrams()
			if tcp := d.Decode(p, new(TCP)); tcp != (test.name == "TCP") {
				t.Errorf("TCP: %v", tcp)
			}
			if got := describe(d.Datagram()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if g := d.Datagram(); g != nil && g.Stamp != p.Stamp {
				t.Errorf("stamp %v, want %v", g.Stamp, p.Stamp)
			}
			if n := d.NotDecoded(); test.why == "" && len(n) > 0 || test.why != "" && n[test.why] != 1 {
				t.Errorf("not decoded: %v, want %q", n, test.why)
			}
		})
	}
}

// TestDatagramsInFragments joins the fragments of a datagram, in any order.
func TestDatagramsInFragments(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 10)
	whole := append(packettest.Hex(t, "00 58 c0 01 00 a8 00 00"), text...)
	for _, shards := range [][]shard{
		{piece(0, 80), last(80, 88)},
		{last(80, 88), piece(0, 80)},
		{piece(0, 8), piece(8, 80), piece(0, 8), last(88, 80)},
	} {
		for _, ipv6 := range []bool{false, true} {
			t.Run(fmt.Sprint(shards, ipv6), func(t *testing.T) {
				d := NewDecoder()
				d.WantDatagrams()
				ends := ends4UDP
				for i, s := range shards {
					p := s.IPv4(whole, assigned.ProtoUDP, 5)
					if ipv6 {
						p, ends = s.IPv6(whole, assigned.ProtoUDP, 5), ends6UDP
					}
					p.Frame = int64(i + 1)
					if d.Decode(p, new(TCP)) {
						t.Fatal("a TCP segment")
					}
					if got := d.Datagram() != nil; got != (i == len(shards)-1) {
						t.Fatalf("fragment %d: a datagram: %v", i, got)
					}
				}
				g := d.Datagram()
				if got := describe(g); got != fmt.Sprintf("%s%q", ends, text) {
					t.Error(got)
				}
				if g.Frame != int64(len(shards)) {
					t.Errorf("frame %d, want that of the fragment that completed it", g.Frame)
				}
				if n := d.NotDecoded(); len(n) > 0 {
					t.Errorf("not decoded: %v", n)
				}
				if n := d.AcceptedFragments(); n != 0 {
					t.Errorf("%d fragments that may hold TCP", n)
				}
			})
		}
	}
}

// TestDatagramWithoutAllFragments counts what is missing.
func TestDatagramWithoutAllFragments(t *testing.T) {
	whole := append(packettest.Hex(t, "00 58 c0 01 00 a8 00 00"), make([]byte, 160)...)
	d := NewDecoder()
	d.Decode(piece(0, 80).IPv4(whole, assigned.ProtoUDP, 5), new(TCP))
	if n := d.NotDecoded(); len(n) > 0 {
		t.Errorf("not decoded, without datagrams: %v", n)
	}
	d.WantDatagrams()
	d.Decode(piece(0, 80).IPv4(whole, assigned.ProtoUDP, 5), new(TCP))
	if n := d.NotDecoded(); n[reasonTexts[fragmentsMissing]] != 1 {
		t.Errorf("not decoded: %v", n)
	}
}

// TestTunnelInFragmentsOutOfOrder finds the TCP segment of a tunnel although
// the fragment that shows the tunnel comes last, if datagrams are waited for.
func TestTunnelInFragmentsOutOfOrder(t *testing.T) {
	inner := append(packettest.Hex(t, "d0 00 12 b5 00 00 00 00  08 00 00 00 00 00 07 00"+eth4), longIPv4(t, 500)...)
	d := NewDecoder()
	d.WantDatagrams()
	var s TCP
	d.Decode(last(256, len(inner)-256).IPv4(inner, assigned.ProtoUDP, 5), &s)
	if !d.Decode(piece(0, 256).IPv4(inner, assigned.ProtoUDP, 5), &s) || len(s.Payload) != 480 || d.Datagram() != nil {
		t.Errorf("payload of %d bytes, datagram %v", len(s.Payload), d.Datagram())
	}
}

func TestDatagramDoesNotAllocate(t *testing.T) {
	p := packettest.New(1, packettest.Hex(t, eth6+udp6IP+udpHello))
	d := NewDecoder()
	d.WantDatagrams()
	var s TCP
	if n := testing.AllocsPerRun(100, func() { d.Decode(p, &s) }); n != 0 || d.Datagram() == nil {
		t.Errorf("%v allocations, datagram %v", n, d.Datagram())
	}
}
