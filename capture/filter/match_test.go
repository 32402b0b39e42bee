package filter

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

// mustParse parses an expression that is one.
func mustParse(t testing.TB, expr string) *Filter {
	t.Helper()
	f, err := Parse(expr)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// check wants of each expression that it matches p, or does not where "! " is
// in front of it.
func check(t *testing.T, name string, p *capture.Packet, exprs ...string) {
	t.Helper()
	for _, expr := range exprs {
		expr, no := strings.CutPrefix(expr, "! ")
		if got := mustParse(t, expr).Match(p); got == no {
			t.Errorf("%s: %q gives %v", name, expr, got)
		}
	}
}

func TestMatchPlain(t *testing.T) {
	frames := plainFrames()
	for name, exprs := range map[string][]string{
		"tcp4": {
			"", "tcp", "ip", "! ip6", "! udp", "! arp", "! icmp", "! vlan", "tcp port 80", "dst port 80", "! src port 80", "src portrange 49152-65535",
			"src and dst portrange 80-50000", "! src and dst port 80", "host 10.9.0.10", "src 10.9.0.10", "! dst 10.9.0.10", "src and dst net 10.9",
			"ip host 10.9.0.20", "! arp host 10.9.0.20", "! ip6 net ::/0", "net 0.0.0.0/0", "not udp", "! not tcp", "less 54", "! less 53", "greater 54", "! greater 55",
		},
		"tcp4 options":    {"dst port 80", "src port 50000", "! port 257"},
		"sctp4":           {"port 80", "! tcp port 80", "! udp port 80", "! tcp"},
		"icmp4":           {"icmp", "! port 80", "! icmp6", "host 10.9.0.20"},
		"icmp6 in ip4":    {"! icmp6", "! icmp"},
		"first fragment":  {"port 53", "udp port 4000"},
		"later fragment":  {"! port 80", "! port 443", "tcp", "host 10.9.0.10", "not port 80", "! tcp port 12345"},
		"tcp6":            {"tcp", "ip6", "! ip", "dst port 80", "src net 2001:db8::/32", "dst host 2001:db8:1::20", "! host 10.9.0.10", "! src and dst net 2001:db8::/48"},
		"tcp6 hop-by-hop": {"! tcp", "! port 80", "ip6", "host 2001:db8::10"},
		"tcp6 fragment":   {"tcp", "! udp", "! port 80"},
		"icmp6":           {"icmp6", "! icmp"},
		"icmp in ip6":     {"! icmp", "! icmp6"},
		"arp":             {"arp", "host 10.9.0.10", "src host 10.9.0.10", "dst host 10.9.0.20", "arp net 10.9", "! ip host 10.9.0.10", "! ip", "! net ::/0"},
		"rarp":            {"! arp", "host 10.9.0.10", "! arp host 10.9.0.10", "! ip"},
		"lldp":            {"! tcp", "not tcp", "! ip", "! net 0.0.0.0/0", "greater 60"},
		"ip4 version 6":   {"ip", "! ip6", "tcp"},
		"mapped in ip6":   {"! host 10.9.0.10", "host ::ffff:10.9.0.10"},
		"broadcast 0":     {"net 0", "port bootps"},
	} {
		check(t, name, packettest.New(capture.LinkEthernet, frames[name]), exprs...)
	}
}

func TestMatchLinkTypes(t *testing.T) {
	six := ip6(pc6, web6, assigned.ProtoTCP, ended(50000, 80))
	is4 := []string{"tcp port 80", "host 10.9.0.10", "ip", "! ip6", "! vlan"}
	is6 := []string{"tcp port 80", "host 2001:db8::10", "ip6", "! ip", "not ip"}
	sll := packettest.Hex(t, "00 00 00 01 00 06 02 00 00 00 00 01 00 00")
	sll2 := packettest.Hex(t, "00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00 00")
	for _, c := range []struct {
		name  string
		link  capture.LinkType
		bytes []byte
		exprs []string
	}{
		{"raw 4", capture.LinkRaw, tcp4(), is4},
		{"raw 6", capture.LinkRaw, six, is6},
		{"raw bsd", capture.LinkRawBSD, tcp4(), is4},
		{"raw openbsd", capture.LinkRawOpen, six, is6},
		{"ipv4", capture.LinkIPv4, tcp4(), is4},
		{"ipv6", capture.LinkIPv6, six, is6},
		{"null", capture.LinkNull, append([]byte{2, 0, 0, 0}, tcp4()...), is4},
		{"null of a big-endian machine", capture.LinkNull, append([]byte{0, 0, 0, 30}, six...), is6},
		{"loop", capture.LinkLoop, append([]byte{0, 0, 0, 24}, six...), is6},
		{"sll", capture.LinkLinuxSLL, append(be.AppendUint16(sll, assigned.EtherIPv4), tcp4()...), is4},
		{"sll tagged", capture.LinkLinuxSLL, append(be.AppendUint16(sll, assigned.EtherVLAN), tag(7, assigned.EtherIPv4, tcp4())...), []string{"tcp port 80", "vlan", "vlan 7", "! vlan 8"}},
		{"sll arp", capture.LinkLinuxSLL, append(be.AppendUint16(sll, assigned.EtherARP), arp(pc, web)...), []string{"arp", "dst host 10.9.0.20"}},
		{"sll2", capture.LinkLinuxSLL2, append(append(be.AppendUint16(nil, assigned.EtherIPv6), sll2...), six...), is6},
		{"ppp", linkPPP, append([]byte{0xff, 3, 0, 0x21}, tcp4()...), is4},
		{"unread", 105, tcp4(), []string{"! tcp", "not tcp", "less 100", ""}},
		{"empty", capture.LinkRaw, nil, []string{"! tcp", "less 0", "not host 1.2.3.4"}},
	} {
		check(t, c.name, packettest.New(c.link, c.bytes), c.exprs...)
	}
}

func TestMatchLooksThrough(t *testing.T) {
	inner := ether(assigned.EtherIPv4, tcp4())
	both := []string{"tcp port 80", "src host 10.9.0.10", "tcp and host 10.9.0.20", "not udp port 53"}
	outer := func(proto byte, payload []byte) []byte {
		return ether(assigned.EtherIPv4, ip4("192.0.2.1", "192.0.2.2", proto, 0, payload))
	}
	label := []byte{0, 0, 0x11, 64}
	for _, c := range []struct {
		name  string
		bytes []byte
		exprs []string
	}{
		{"vlan", ether(assigned.EtherVLAN, tag(10, assigned.EtherIPv4, tcp4())), append(both, "vlan", "vlan 10", "! vlan 11", "vlan and tcp port 80", "! not vlan")},
		{"priority", ether(assigned.EtherVLAN, tag(0xe00a, assigned.EtherIPv4, tcp4())), []string{"vlan 10"}},
		{"qinq", ether(assigned.EtherService, tag(10, assigned.EtherVLAN, tag(20, assigned.EtherIPv4, tcp4()))), append(both, "vlan 10", "vlan 20", "vlan 20 and vlan 10", "! vlan 30")},
		{"arp in vlan", ether(assigned.EtherQinQ, tag(5, assigned.EtherARP, arp(pc, web))), []string{"arp", "host 10.9.0.20", "vlan 5"}},
		{"tag cut", ether(assigned.EtherVLAN, []byte{0}), []string{"vlan", "! vlan 0", "! tcp"}},
		{"vxlan", vxlan(inner), append(both, "udp", "udp port 4789", "src net 192.0.2.0/24", "src 192.0.2.1 and src 10.9.0.10", "! arp")},
		{"tagged in vxlan", vxlan(ether(assigned.EtherVLAN, tag(9, assigned.EtherIPv4, tcp4()))), append(both, "vlan 9")},
		{"arp in vxlan", vxlan(ether(assigned.EtherARP, arp(pc, web))), []string{"arp", "host 10.9.0.10", "not tcp"}},
		{"icmp in vxlan", vxlan(ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoICMP, 0, make([]byte, 20)))), []string{"icmp", "udp"}},
		{"ipip", outer(assigned.ProtoIPv4, tcp4()), append(both, "host 192.0.2.2")},
		{"6in4", outer(assigned.ProtoIPv6, ip6(pc6, web6, assigned.ProtoTCP, ended(1, 80))), []string{"ip", "ip6", "tcp port 80", "host 2001:db8::10 and host 192.0.2.1"}},
		{"4in6", ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoIPv4, tcp4())), append(both, "ip6")},
		{"gre", outer(assigned.ProtoGRE, append([]byte{0x30, 0, 8, 0, 0, 0, 0, 1, 0, 0, 0, 2}, tcp4()...)), both},
		{"gre bridge", outer(assigned.ProtoGRE, append([]byte{0, 0, 0x65, 0x58}, inner...)), both},
		{"erspan", outer(assigned.ProtoGRE, append([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 9, 0x10, 7, 0, 1, 0, 0, 0, 0}, inner...)), both},
		{"geneve", outer(assigned.ProtoUDP, udp(1, assigned.PortGeneve, append([]byte{1, 0, 0x65, 0x58, 0, 0, 7, 0, 0, 0, 0, 0}, inner...))), both},
		{"gtp", outer(assigned.ProtoUDP, udp(1, assigned.PortGTPU, append([]byte{0x30, 0xff, 0, 40, 0, 0, 0, 1}, tcp4()...))), both},
		{"gre in udp", outer(assigned.ProtoUDP, udp(1, assigned.PortGRE, append([]byte{0, 0, 8, 0}, tcp4()...))), both},
		{"mpls", ether(assigned.EtherMPLS, append(append([]byte{0, 0, 0x10, 64}, label...), tcp4()...)), both},
		{"pseudowire", ether(assigned.EtherMPLS, append(append(label, 0, 0, 0, 0), inner...)), both},
		{"pppoe", ether(assigned.EtherPPPoE, append([]byte{0x11, 0, 0, 1, 0, 42, 0, 0x21}, tcp4()...)), both},
		{"snap", ether(uint16(8+len(tcp4())), append([]byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, tcp4()...)), both},
		{"ah", outer(assigned.ProtoAH, append([]byte{assigned.ProtoIPv4, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, tcp4()...)), both},
		{"ah transport", outer(assigned.ProtoAH, append([]byte{assigned.ProtoTCP, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, ended(1, 80)...)), []string{"! tcp", "! port 80"}},
		{"dns to the port of vxlan", ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoUDP, 0, udp(53, assigned.PortVXLAN, make([]byte, 60)))), []string{"udp port 53", "! tcp", "! arp"}},
	} {
		check(t, c.name, packettest.New(capture.LinkEthernet, c.bytes), c.exprs...)
	}
}

// TestMatchDepth holds that tunnels in tunnels end.
func TestMatchDepth(t *testing.T) {
	b := tcp4()
	for range maxDepth {
		b = ip4("192.0.2.1", "192.0.2.2", assigned.ProtoIPv4, 0, b)
	}
	check(t, "as deep as it goes", packettest.New(capture.LinkRaw, b), "tcp port 80", "src 192.0.2.1")
	b = ip4("192.0.2.9", "192.0.2.2", assigned.ProtoIPv4, 0, b)
	check(t, "too deep", packettest.New(capture.LinkRaw, b), "! tcp port 80", "src 192.0.2.9")
	tags := tag(1, assigned.EtherIPv4, tcp4())
	for range 3 * maxTags {
		tags = tag(2, assigned.EtherVLAN, tags)
	}
	check(t, "many tags", packettest.New(capture.LinkEthernet, ether(assigned.EtherVLAN, tags)), "tcp port 80", "vlan", "vlan 2")
}

func TestMatchCut(t *testing.T) {
	whole := plainFrames()["tcp4"]
	for _, c := range []struct {
		length int
		exprs  []string
	}{
		{0, []string{"! ip", "not ip", "! tcp"}},
		{13, []string{"! ip", "not port 80"}},
		{14, []string{"ip", "! tcp", "not tcp"}},
		{30, []string{"tcp", "src host 10.9.0.10", "! dst host 10.9.0.20", "not dst host 10.9.0.20"}},
		{36, []string{"src port 50000", "! dst port 80", "dst host 10.9.0.20"}},
		{38, []string{"dst port 80"}},
	} {
		p := packettest.New(capture.LinkEthernet, whole[:c.length])
		p.Length = len(whole)
		check(t, "cut", p, append(c.exprs, "less 54", "greater 54")...)
	}
	p := packettest.New(capture.LinkEthernet, whole)
	p.FCS = 18
	check(t, "frame check sequence", p, "src port 50000", "! dst port 80", "less 54")
}

func TestKeep(t *testing.T) {
	later := func(proto byte) []byte {
		return ether(assigned.EtherIPv4, ip4(pc, web, proto, 0x0010, make([]byte, 100)))
	}
	six := ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoFragment, append([]byte{assigned.ProtoTCP, 0, 0, 0x11, 0, 0, 0, 9}, make([]byte, 30)...)))
	for _, c := range []struct {
		name string
		b    []byte
		yes  []string
		no   []string
	}{
		{"tcp", later(assigned.ProtoTCP), []string{"port 80", "not port 80", "tcp port 80", "port 80 and not port 443", "host 10.9.0.10 and port 80", "not (port 80 and tcp)"},
			[]string{"udp port 80", "host 1.2.3.4 and port 80", "not host 10.9.0.10 and port 80", "not tcp"}},
		{"udp", later(assigned.ProtoUDP), []string{"port 80", "udp port 80"}, []string{"tcp", "tcp port 80", "host 1.2.3.4"}},
		{"gre", later(assigned.ProtoGRE), []string{"port 80", "tcp", "not tcp", "host 1.2.3.4", "not host 1.2.3.4"}, []string{"vlan", "greater 10000", "tcp and not host 10.9.0.10"}},
		{"ipip", later(assigned.ProtoIPv4), []string{"tcp port 80 and host 1.2.3.4"}, []string{"less 10"}},
		{"tcp6", six, []string{"port 80", "tcp port 80", "host 2001:db8::10 and port 80"}, []string{"udp port 80", "host ::1 and port 80"}},
		{"whole", plainFrames()["tcp4"], []string{"port 80"}, []string{"port 81", "udp"}},
	} {
		p := packettest.New(capture.LinkEthernet, c.b)
		for _, expr := range c.yes {
			if !mustParse(t, expr).Keep(p) {
				t.Errorf("%s: %q does not keep it", c.name, expr)
			}
		}
		for _, expr := range c.no {
			if mustParse(t, expr).Keep(p) {
				t.Errorf("%s: %q keeps it", c.name, expr)
			}
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	f := mustParse(t, "tcp port 443 or (host 2001:db8::99 and vlan 7) or not net 10 or portrange 1-5")
	frames := plainFrames()
	frames["vxlan"] = vxlan(ether(assigned.EtherVLAN, tag(9, assigned.EtherIPv4, tcp4())))
	frames["gre"] = ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoGRE, 0, append([]byte{0x30, 0, 8, 0, 0, 0, 0, 1, 0, 0, 0, 2}, tcp4()...)))
	for name, b := range frames {
		p := packettest.New(capture.LinkEthernet, b)
		if n := testing.AllocsPerRun(100, func() { f.Match(p); f.Keep(p) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
