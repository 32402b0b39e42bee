package packet

import (
	"maps"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

func TestNotDecoded(t *testing.T) {
	nested := strings.Repeat(outer4+"04"+ends4, 9)
	for _, test := range []struct {
		name string
		link capture.LinkType
		data string
		want string // empty: passed over in silence
	}{
		{"empty", 1, "", "malformed Ethernet header"},
		{"Ethernet short", 1, macs + "08", "malformed Ethernet header"},
		{"VLAN short", 1, macs + "81 00 00 07 08", "malformed VLAN tag"},
		{"cooked short", 113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08", "malformed cooked header"},
		{"cooked2 short", 276, "08 00 00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00", "malformed cooked header"},
		{"loopback short", 0, "02 00 00", "malformed loopback header"},
		{"loopback family", 0, "02 02 02 02" + ip4Hi, "malformed loopback header"},
		{"IPv4 short", 101, "45 00 00 2a", "malformed IPv4 header"},
		{"IPv4 version", 228, ip6Hi, "malformed IPv4 header"},
		{"IPv4 header length", 101, "44 00 00 2a 12 34 40 00 40 06 00 00" + addrs4 + tcpHi, "malformed IPv4 header"},
		{"IPv4 header above total length", 101, "46 00 00 16 12 34 40 00 40 06 00 00" + addrs4 + tcpHi, "malformed IPv4 header"},
		{"IPv4 options short", 101, "4f 00 00 3c 12 34 40 00 40 06 00 00" + addrs4, "malformed IPv4 header"},
		{"IPv6 short", 229, "60 00 00 00 00 16 06 40", "malformed IPv6 header"},
		{"IPv6 version", 229, "4" + ip6Hi[1:], "malformed IPv6 header"},
		{"IPv6 extension short", 101, "60 00 00 00 00 04 00 40" + addrs6 + "06 00 00 00", "malformed IP extension header"},
		{"IPv6 extension too long", 101, "60 00 00 00 00 08 00 40" + addrs6 + "06 01 00 00 00 00 00 00", "malformed IP extension header"},
		{"IPv6 extensions without end", 101, "60 00 00 00 00 88 3c 40" + addrs6 + strings.Repeat("3c 00 00 00 00 00 00 00", 17), "too many IPv6 extension headers"},
		{"AH short", 101, "45 00 00 18 12 34 40 00 40 33 00 00" + addrs4 + "06 04 00 00", "malformed IP extension header"},
		{"TCP short", 101, "45 00 00 18 12 34 40 00 40 06 00 00" + addrs4 + "c0 01 00 50", "malformed TCP header"},
		{"TCP header length", 101, strings.Replace(ip4Hi, "50 18", "40 18", 1), "malformed TCP header"},
		{"TCP options beyond the datagram", 101, strings.Replace(ip4Hi, "50 18", "f0 18", 1), "malformed TCP header"},
		{"PBB short", 1, macs + "88 e7 00 00 00", "malformed Ethernet header"},
		{"MPLS short", 1, macs + "88 47 00 01 00 ff", "malformed MPLS header"},
		{"MPLS of nothing", 1, macs + "88 47 00 01 01 ff", "malformed MPLS header"},
		{"PPPoE short", 1, macs + "88 64 11 00", "malformed PPPoE header"},
		{"PPPoE version", 1, macs + "88 64 21 00 00 01 00 2c 00 21" + ip4Hi, "malformed PPPoE header"},
		{"GRE short", 1, gre4 + "b0 00 08 00 00", "malformed GRE header"},
		{"GRE empty", 1, gre4, "malformed GRE header"},
		{"GRE routing", 1, gre4 + "40 00 08 00 00 00 00 00 00 00 00 00" + ip4Hi, "malformed GRE header"},
		{"ERSPAN II short", 1, gre4 + "10 00 88 be 00 00 00 09 10 07 00 01", "malformed GRE header"},
		{"ERSPAN III", 1, gre4 + "10 00 22 eb 00 00 00 09" + ip4Hi, "ERSPAN type III"},
		{"nested", 1, eth4 + nested + ip4Hi, "tunnels nested too deep"},
		{"SNAP in VLAN in SNAP", 1, macs + strings.Repeat("00 00 aa aa 03 00 00 00 81 00 00 00", 9) + "08 00" + ip4Hi, "tunnels nested too deep"},
		{"MACsec", 1, macs + "88 e5" + ip4Hi, "MACsec, encrypted"},
		{"ESP", 1, eth4 + outer4 + "32" + ends4 + ip4Hi, "IPsec ESP, encrypted"},
		{"cooked radio", 113, "00 00 03 23 00 06 02 00 00 00 00 01 00 00 00 04" + ip4Hi, "cooked packet of a radio or frame relay interface"},
		{"radio", 105, "08 00" + ip4Hi, "IEEE802_11 link layer"},
		{"NFLOG", 239, ip4Hi, "NFLOG link layer"},
		{"link type above 65535", 0x10001, ip4Hi, "LINKTYPE 65537 link layer"},

		{"ARP", 1, macs + "08 06 00 01", ""},
		{"spanning tree", 1, macs + "00 26 42 42 03 00 00", ""},
		{"LLC short", 1, macs + "00 26 42", ""},
		{"SNAP short", 1, macs + "00 26 aa aa 03 00 00 00 08", ""},
		{"SNAP of a vendor", 1, macs + "00 26 aa aa 03 00 00 0c 08 00" + ip4Hi, ""},
		{"neither length nor type", 1, macs + "05 dd aa aa 03 00 00 00 08 00" + ip4Hi, ""},
		{"cooked netlink", 113, "00 04 03 38 00 00 00 00 00 00 00 00 00 00 00 00" + ip4Hi, ""},
		{"cooked CAN", 113, "00 01 01 18 00 00 00 00 00 00 00 00 00 00 00 0c" + ip4Hi, ""},
		{"loopback OSI", 0, "07 00 00 00 00", ""},
		{"ICMP", 101, "45 00 00 1c 12 34 40 00 40 01 00 00" + addrs4 + "08 00 00 00 00 00 00 00", ""},
		{"UDP", 101, "45 00 00 1c 12 34 40 00 40 11 00 00" + addrs4 + "00 35 00 35 00 08 00 00", ""},
		{"UDP short", 101, "45 00 00 16 12 34 40 00 40 11 00 00" + addrs4 + "12 b5", ""},
		{"no next header", 101, "60 00 00 00 00 00 3b 40" + addrs6, ""},
		{"VXLAN without identifier", 1, udp4 + "d0 00 12 b5 00 00 00 00 00 00 00 00 00 00 07 00" + eth4 + ip4Hi, ""},
		{"Geneve version", 1, udp4 + "d0 00 17 c1 00 00 00 00 40 00 08 00 00 00 07 00" + ip4Hi, ""},
		{"Geneve options short", 1, udp4 + "d0 00 17 c1 00 00 00 00 3f 00 08 00 00 00 07 00" + ip4Hi, ""},
		{"GTP-U echo", 1, udp4 + "08 68 08 68 00 00 00 00 32 01 00 04 00 00 00 00 00 00 00 00", ""},
		{"GTP-U options short", 1, udp4 + "08 68 08 68 00 00 00 00 34 ff 00 04 00 00 00 00 00 00", ""},
		{"GTP-U extension of no length", 1, udp4 + "08 68 08 68 00 00 00 00 34 ff 00 08 00 00 00 00 00 00 00 85 00 00 00 00", ""},
		{"GTP-U extension short", 1, udp4 + "08 68 08 68 00 00 00 00 34 ff 00 08 00 00 00 00 00 00 00 85 02 00 00 00", ""},
		{"MPLS of something else", 1, macs + "88 47 00 01 01 ff f0 00 00 00", ""},
		{"PPP link control", 9, "ff 03 c0 21 01 01 00 04", ""},
		{"PPP short", 9, "ff 03 21", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := map[string]int64{}
			if test.want != "" {
				want[test.want] = 1
			}
			var s TCP
			d := NewDecoder()
			if d.Decode(packettest.New(test.link, packettest.Hex(t, test.data)), &s) {
				t.Fatalf("a segment: %+v", s)
			}
			if got := d.NotDecoded(); !maps.Equal(got, want) {
				t.Errorf("not decoded: %v, want %v", got, want)
			}
		})
	}
}

func TestHeaderCutBySnapshotLength(t *testing.T) {
	const ip, tcp = "headers cut by the snapshot length", "TCP header cut by the snapshot length"
	for _, test := range []struct {
		name string
		data string
		keep int
		want string
	}{
		{"Ethernet", eth4 + ip4Hi, 13, ip},
		{"IPv4", eth4 + ip4Hi, 33, ip},
		{"IPv6", eth6 + ip6Hi, 53, ip},
		{"nothing of TCP", eth4 + ip4Hi, 34, tcp},
		{"TCP", eth4 + ip4Hi, 53, tcp},
		{"TCP of offloading", eth4 + outer4 + "06 00 00" + addrs4 + tcpHi, 53, tcp},
		{"TCP options", eth4 + "45 00 00 2e 12 34 40 00 40 06 00 00" + addrs4 +
			"c0 01 00 50 00 00 00 01 00 00 00 02 60 18 ff ff 00 00 00 00 01 01 01 00 68 69", 54, tcp},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := packettest.New(1, packettest.Hex(t, test.data))
			p.Data = p.Data[:test.keep]
			var s TCP
			d := NewDecoder()
			if d.Decode(p, &s) {
				t.Fatalf("a segment: %+v", s)
			}
			if got := d.NotDecoded(); got[test.want] != 1 || len(got) != 1 {
				t.Errorf("not decoded: %v, want %s", got, test.want)
			}
		})
	}
}

func TestUnreadLinkLayersAreBounded(t *testing.T) {
	d := NewDecoder()
	var s TCP
	for link := range capture.LinkType(5000) {
		d.Decode(packettest.New(link+1000, []byte{0}), &s)
	}
	got := d.NotDecoded()
	if len(got) > maxUnreadLinks+1 || got["other link layers"] != 5000-maxUnreadLinks {
		t.Errorf("%d reasons, %d under other", len(got), got["other link layers"])
	}
}
