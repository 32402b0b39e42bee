package filter

import (
	"encoding/binary"
	"net/netip"

	"ntlmtrace/capture/internal/assigned"
)

var be = binary.BigEndian

func ether(typ uint16, payload []byte) []byte {
	b := []byte{2, 0, 10, 9, 0, 20, 2, 0, 10, 9, 0, 10}
	return append(be.AppendUint16(b, typ), payload...)
}

// tag is a VLAN tag with what is behind it.
func tag(id, typ uint16, payload []byte) []byte {
	return append(be.AppendUint16(be.AppendUint16(nil, id), typ), payload...)
}

// ip4 makes an IPv4 packet. fragment is the word of flags and offset.
func ip4(src, dst string, proto byte, fragment uint16, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	be.PutUint16(b[2:], uint16(20+len(payload)))
	be.PutUint16(b[6:], fragment)
	copy(b[12:], netip.MustParseAddr(src).AsSlice())
	copy(b[16:], netip.MustParseAddr(dst).AsSlice())
	return append(b, payload...)
}

// options lengthens the header of an IPv4 packet by words of no operation.
func options(packet []byte, words int) []byte {
	b := append([]byte{}, packet[:20]...)
	b[0] += byte(words)
	for range 4 * words {
		b = append(b, 1)
	}
	b = append(b, packet[20:]...)
	be.PutUint16(b[2:], uint16(len(b)))
	return b
}

func ip6(src, dst string, next byte, payload []byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[6], b[7] = 0x60, next, 64
	be.PutUint16(b[4:], uint16(len(payload)))
	copy(b[8:], netip.MustParseAddr(src).AsSlice())
	copy(b[24:], netip.MustParseAddr(dst).AsSlice())
	return append(b, payload...)
}

// ended makes what has ports: any transport header of at least 20 bytes.
func ended(src, dst uint16, payload ...byte) []byte {
	b := be.AppendUint16(be.AppendUint16(nil, src), dst)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0)
	return append(b, payload...)
}

// udp is a UDP header in front of a payload.
func udp(src, dst uint16, payload []byte) []byte {
	b := be.AppendUint16(be.AppendUint16(nil, src), dst)
	b = be.AppendUint16(b, uint16(8+len(payload)))
	return append(append(b, 0, 0), payload...)
}

// arp is an ARP packet of Ethernet and IPv4, RFC 826.
func arp(sender, target string) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 10, 9, 0, 10}
	b = append(b, netip.MustParseAddr(sender).AsSlice()...)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = append(b, netip.MustParseAddr(target).AsSlice()...)
	return append(b, make([]byte, 18)...) // Ethernet's padding
}

const (
	pc, web, mail = "10.9.0.10", "10.9.0.20", "10.9.1.30"
	pc6, web6     = "2001:db8::10", "2001:db8:1::20"
)

// tcp4 is the commonest packet.
func tcp4() []byte { return ip4(pc, web, assigned.ProtoTCP, 0x4000, ended(50000, 80)) }

// vxlan carries a frame from 192.0.2.1 to 192.0.2.2.
func vxlan(frame []byte) []byte {
	return ether(assigned.EtherIPv4, ip4("192.0.2.1", "192.0.2.2", assigned.ProtoUDP, 0, udp(40000, assigned.PortVXLAN, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame...))))
}

// plainFrames are Ethernet frames without tags and tunnels.
func plainFrames() map[string][]byte {
	long := make([]byte, 1000)
	return map[string][]byte{
		"tcp4":             ether(assigned.EtherIPv4, tcp4()),
		"tcp4 answer":      ether(assigned.EtherIPv4, ip4(web, pc, assigned.ProtoTCP, 0x4000, ended(80, 50000, long...))),
		"tcp4 options":     ether(assigned.EtherIPv4, options(tcp4(), 10)),
		"tcp4 https":       ether(assigned.EtherIPv4, ip4(pc, mail, assigned.ProtoTCP, 0x4000, ended(50001, 443))),
		"dns4":             ether(assigned.EtherIPv4, ip4(pc, mail, assigned.ProtoUDP, 0, udp(53000, 53, long[:40]))),
		"udp4 port 80":     ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoUDP, 0, udp(80, 80, long[:40]))),
		"sctp4":            ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoSCTP, 0, ended(80, 5000))),
		"icmp4":            ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoICMP, 0, append([]byte{8, 0, 0, 80, 0, 80, 0, 1}, long[:48]...))),
		"igmp":             ether(assigned.EtherIPv4, ip4(pc, "224.0.0.22", 2, 0, long[:20])),
		"esp":              ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoESP, 0, long[:60])),
		"first fragment":   ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoUDP, 0x2000, udp(53, 4000, long[:40]))),
		"later fragment":   ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoTCP, 0x2010, ended(80, 443, long...))),
		"last fragment":    ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoUDP, 0x00ff, udp(80, 80, long[:40]))),
		"tcp6":             ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoTCP, ended(50000, 80))),
		"tcp6 answer":      ether(assigned.EtherIPv6, ip6(web6, pc6, assigned.ProtoTCP, ended(80, 50000, long...))),
		"dns6":             ether(assigned.EtherIPv6, ip6(pc6, "2001:db8:2::53", assigned.ProtoUDP, udp(53000, 53, long[:40]))),
		"sctp6":            ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoSCTP, ended(53, 80))),
		"icmp6":            ether(assigned.EtherIPv6, ip6("fe80::1", "ff02::1", assigned.ProtoICMPv6, long[:24])),
		"icmp in ip6":      ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoICMP, long[:24])),
		"icmp6 in ip4":     ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoICMPv6, 0, long[:24])),
		"tcp6 hop-by-hop":  ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoHopByHop, append([]byte{assigned.ProtoTCP, 0, 1, 4, 0, 0, 0, 0}, ended(50000, 80)...))),
		"tcp6 fragment":    ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoFragment, append([]byte{assigned.ProtoTCP, 0, 0, 1, 0, 0, 0, 9}, ended(50000, 80)...))),
		"icmp6 fragment":   ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoFragment, append([]byte{assigned.ProtoICMPv6, 0, 0x10, 0, 0, 0, 0, 9}, long[:30]...))),
		"arp":              ether(assigned.EtherARP, arp(pc, web)),
		"arp answer":       ether(assigned.EtherARP, arp(web, pc)),
		"arp elsewhere":    ether(assigned.EtherARP, arp("192.0.2.1", mail)),
		"rarp":             ether(assigned.EtherRARP, arp(pc, web)),
		"lldp":             ether(0x88cc, long[:50]),
		"stp":              ether(38, append([]byte{0x42, 0x42, 3, 0, 0, 0}, long[:40]...)),
		"ip4 version 6":    ether(assigned.EtherIPv4, append([]byte{0x65}, tcp4()[1:]...)),
		"broadcast 0":      ether(assigned.EtherIPv4, ip4("0.0.0.0", "255.255.255.255", assigned.ProtoUDP, 0, udp(68, 67, long[:300]))),
		"kerberos":         ether(assigned.EtherIPv4, ip4("10.20.30.40", "10.20.30.88", assigned.ProtoTCP, 0, ended(88, 60000, long[:33]...))),
		"range border":     ether(assigned.EtherIPv4, ip4("10.20.30.40", "172.16.5.4", assigned.ProtoTCP, 0, ended(5000, 5100, long[:33]...))),
		"mapped in ip6":    ether(assigned.EtherIPv6, ip6("::ffff:10.9.0.10", "::1", assigned.ProtoTCP, ended(443, 8080))),
		"same two ends":    ether(assigned.EtherIPv4, ip4(web, web, assigned.ProtoTCP, 0, ended(80, 80))),
		"ip6 without next": ether(assigned.EtherIPv6, ip6(pc6, pc6, 59, long[:20])),
	}
}
