package filter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
)

// socket is what a packet socket of Linux makes of a packet.
type socket struct {
	data   []byte
	tagged bool   // a tag was taken out of data
	tag    uint16 // its control information
	proto  uint16 // EtherType of the packet, for SOCK_DGRAM
}

// sockets gives the ways in which a socket may see p: with the outermost VLAN tag
// taken out, which Linux does, and with it in place.
func sockets(p *capture.Packet) []socket {
	b := p.Data
	switch p.Link {
	case capture.LinkLinuxSLL:
		if len(b) < 16 {
			return nil
		}
		return cookedSockets(be.Uint16(b[14:]), b[16:])
	case capture.LinkLinuxSLL2:
		if len(b) < 20 {
			return nil
		}
		return cookedSockets(be.Uint16(b), b[20:])
	case capture.LinkEthernet:
		out := []socket{{data: b}}
		if len(b) >= 18 && isTag(be.Uint16(b[12:])) {
			stripped := append(append([]byte{}, b[:12]...), b[16:]...)
			out = append(out, socket{data: stripped, tagged: true, tag: be.Uint16(b[14:])})
		}
		return out
	}
	return []socket{{data: b}}
}

func cookedSockets(proto uint16, b []byte) []socket {
	out := []socket{{data: b, proto: proto}}
	if len(b) >= 4 && isTag(proto) {
		out = append(out, socket{data: b[4:], proto: be.Uint16(b[2:]), tagged: true, tag: be.Uint16(b)})
	}
	return out
}

func isTag(typ uint16) bool { return typ == etherVLAN || typ == etherService || typ == etherQinQ }

// machine runs a program. The virtual machine does not know what the kernel
// tells beside the packet: for that it needs another program for each socket.
type machine struct {
	program []bpf.Instruction
	vms     map[socketKey]*bpf.VM
}

// socketKey is what the kernel tells beside a packet.
type socketKey struct {
	tagged     bool
	tag, proto uint16
}

func newMachine(t testing.TB, raw []bpf.RawInstruction) *machine {
	t.Helper()
	program, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the program cannot be read")
	}
	return &machine{program, make(map[socketKey]*bpf.VM)}
}

// passes reports whether the program lets through what s sees.
func (m *machine) passes(t testing.TB, s socket) bool {
	t.Helper()
	k := socketKey{s.tagged, s.tag, s.proto}
	if m.vms[k] == nil {
		vm, err := bpf.NewVM(m.told(k))
		if err != nil {
			t.Fatal(err)
		}
		m.vms[k] = vm
	}
	n, err := m.vms[k].Run(s.data)
	if err != nil {
		t.Fatal(err)
	}
	return n != 0
}

// told gives the program with what the kernel tells in place of the loads of it.
func (m *machine) told(k socketKey) []bpf.Instruction {
	values := map[bpf.Extension]uint32{bpf.ExtVLANTag: uint32(k.tag), bpf.ExtProto: uint32(k.proto), bpf.ExtVLANTagPresent: 0}
	if k.tagged {
		values[bpf.ExtVLANTagPresent] = 1
	}
	out := slices.Clone(m.program)
	for i, in := range out {
		if e, ok := in.(bpf.LoadExtension); ok && e.Num != bpf.ExtLen {
			out[i] = bpf.LoadConstant{Dst: bpf.RegA, Val: values[e.Num]}
		}
	}
	return out
}

// machines are the programs of a filter, for each link.
type machines struct {
	filter *Filter
	links  map[capture.LinkType]*machine
}

func newMachines(t testing.TB, f *Filter) *machines {
	m := &machines{f, make(map[capture.LinkType]*machine)}
	for _, link := range []capture.LinkType{
		capture.LinkEthernet, capture.LinkLinuxSLL, capture.LinkLinuxSLL2, capture.LinkRaw, capture.LinkIPv4, capture.LinkIPv6,
	} {
		if raw, ok := f.Program(link); ok {
			m.links[link] = newMachine(t, raw)
		}
	}
	return m
}

// isPlain reports whether a program knows all that Match knows of p: no tags, no
// tunnels, no fragments but the first, nothing cut.
func isPlain(p *capture.Packet) bool {
	var w walker
	w.walk(p)
	if w.depth > 0 || w.tagged || w.count > 1 {
		return false
	}
	if w.count == 0 {
		return p.Link != capture.LinkEthernet && len(p.Data) > 40 || len(p.Data) >= 34 && !isMore(be.Uint16(p.Data[12:]), p.Data[14:])
	}
	b := w.layers[0].b
	switch w.layers[0].kind {
	case layerIPv4:
		return len(b) >= 20 && be.Uint16(b[6:])&0x1fff == 0 && !isOneOf(b[9], opaque4) && isPlainTransport(b[9], b, int(b[0]&15)*4)
	case layerIPv6:
		return len(b) >= 40 && !isOneOf(b[6], opaque6) && isPlainTransport(b[6], b, 40)
	}
	return len(b) >= 28
}

func isMore(typ uint16, b []byte) bool {
	for _, t := range tunnelEtherTypes {
		if uint32(typ) == t {
			return true
		}
	}
	return typ <= maxLength && be.Uint16(b)&sapMask == snapSAPs
}

func isOneOf(v byte, list []uint32) bool {
	for _, o := range list {
		if uint32(v) == o {
			return true
		}
	}
	return false
}

func isPlainTransport(proto byte, b []byte, at int) bool {
	if !isTransport(proto) {
		return true
	}
	return len(b) >= at+4 && (proto != protoUDP || !isTunnelPort(be.Uint16(b[at+2:])))
}

// check holds the program for the link of p against Match and Keep.
func (m *machines) check(t *testing.T, p *capture.Packet) {
	t.Helper()
	f, program := m.filter, m.links[p.Link]
	if program == nil {
		return
	}
	match, keep := f.Match(p), f.Keep(p)
	if match && !keep {
		t.Errorf("%q matches and is not kept: %x", f, p.Data)
	}
	for _, s := range sockets(p) {
		passes := program.passes(t, s)
		if keep && !passes {
			t.Errorf("%q: the program for %v drops what is to be kept (tagged %v): %x", f, p.Link, s.tagged, p.Data)
		}
		if passes && !match && isPlain(p) {
			t.Errorf("%q: the program for %v lets through what does not match: %x", f, p.Link, p.Data)
		}
	}
}

// onLinks gives the packet of an Ethernet frame on all links that have programs.
func onLinks(b []byte) []*capture.Packet {
	out := []*capture.Packet{frameOf(capture.LinkEthernet, b)}
	if len(b) < 14 {
		return out
	}
	typ, rest := be.Uint16(b[12:]), b[14:]
	if typ <= maxLength {
		b[12], b[13] = 0, cookedLLC
		defer be.PutUint16(b[12:], typ)
	}
	sll := append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, b[12], b[13]}, rest...)
	sll2 := append([]byte{b[12], b[13], 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, rest...)
	out = append(out, frameOf(capture.LinkLinuxSLL, sll), frameOf(capture.LinkLinuxSLL2, sll2))
	switch typ {
	case etherIPv4:
		out = append(out, frameOf(capture.LinkRaw, rest), frameOf(capture.LinkIPv4, rest))
	case etherIPv6:
		out = append(out, frameOf(capture.LinkRaw, rest), frameOf(capture.LinkIPv6, rest))
	}
	return out
}

// oddFrames are frames with tags, tunnels and cuts.
func oddFrames() [][]byte {
	inner := ether(etherIPv4, tcp4())
	out := [][]byte{
		nil, {1, 2, 3}, ether(etherIPv4, nil), ether(etherIPv6, make([]byte, 39)), ether(etherARP, make([]byte, 27)),
		ether(etherVLAN, tag(10, etherIPv4, tcp4())), ether(etherVLAN, tag(10, etherIPv6, ip6(pc6, web6, protoUDP, udp(1, 53, nil)))),
		ether(etherService, tag(20, etherVLAN, tag(10, etherIPv4, tcp4()))), ether(etherQinQ, tag(10, etherARP, arp(pc, web))),
		vxlan(inner), vxlan(ether(etherVLAN, tag(10, etherIPv4, tcp4()))), ether(etherVLAN, tag(20, etherIPv4, vxlan(inner)[14:])),
		ether(etherIPv4, ip4(mail, web, protoIPv4, 0, tcp4())), ether(etherIPv6, ip6(pc6, web6, protoIPv4, tcp4())),
		ether(etherIPv4, ip4(mail, web, protoGRE, 0x2010, tcp4())), ether(etherIPv4, ip4(mail, web, protoUDP, 0x2010, tcp4())),
		ether(etherMPLS, append([]byte{0, 0, 0x11, 64}, tcp4()...)), ether(48, append([]byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, tcp4()...)),
		ether(etherIPv6, ip6(pc6, web6, protoUDP, udp(5, portGeneve, append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, tcp4()...)))),
	}
	for _, b := range plainFrames() {
		out = append(out, b[:min(len(b), 15)], b[:min(len(b), 34)], b[:min(len(b), 36)], b[:min(len(b), 56)])
	}
	return out
}

func TestProgram(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var packets []*capture.Packet
	for _, b := range plainFrames() {
		packets = append(packets, onLinks(b)...)
	}
	for _, b := range oddFrames() {
		packets = append(packets, onLinks(b)...)
	}
	exprs := byHand
	for range 150 {
		exprs = append(exprs, expression(r, 1+r.IntN(6)))
	}
	for _, expr := range exprs {
		m := newMachines(t, mustParse(t, expr))
		for _, p := range packets {
			m.check(t, p)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestProgramDrops holds that programs are of use: they drop what does not match.
func TestProgramDrops(t *testing.T) {
	for _, c := range []struct {
		expr, frame string
		drops       bool
	}{
		{"tcp port 80", "tcp4", false},
		{"tcp port 443", "tcp4", true},
		{"tcp port 443", "later fragment", false},
		{"udp port 443", "later fragment", true},
		{"host 10.9.0.99", "later fragment", true},
		{"tcp", "lldp", true},
		{"tcp", "stp", true},
		{"not tcp", "tcp4", true},
		{"host 2001:db8::10", "tcp4", true},
		{"tcp port 443", "tcp6", true},
		{"tcp port 443", "tcp6 hop-by-hop", false},
		{"vlan", "tcp4", true},
		{"less 40", "tcp4", true},
	} {
		raw, ok := mustParse(t, c.expr).Program(capture.LinkEthernet)
		if !ok {
			t.Fatalf("%q has no program", c.expr)
		}
		if got := !newMachine(t, raw).passes(t, socket{data: plainFrames()[c.frame]}); got != c.drops {
			t.Errorf("%q drops %s: %v", c.expr, c.frame, got)
		}
	}
}

// TestLongProgram holds that jumps of more than 255 instructions arrive, and
// that what no kernel takes is no program.
func TestLongProgram(t *testing.T) {
	var parts []string
	for i := range 110 {
		parts = append(parts, fmt.Sprintf("host 10.7.%d.%d", i, i))
	}
	expr := "not (" + strings.Join(parts, " or ") + ") and (port 80 or host 10.9.0.10 or port 53)"
	f := mustParse(t, expr)
	raw, ok := f.Program(capture.LinkEthernet)
	if !ok || len(raw) < 600 {
		t.Fatalf("%d instructions, %v", len(raw), ok)
	}
	m := newMachines(t, f)
	for _, b := range plainFrames() {
		m.check(t, frameOf(capture.LinkEthernet, b))
	}
	for len(parts) < maxPrimitives {
		parts = append(parts, "net 2001:db8::/127")
	}
	if raw, ok := mustParse(t, strings.Join(parts, " or ")).Program(capture.LinkEthernet); ok {
		t.Errorf("a program of %d instructions", len(raw))
	}
}

func TestProgramLinkTypes(t *testing.T) {
	f := mustParse(t, "tcp")
	for _, link := range []capture.LinkType{capture.LinkNull, capture.LinkLoop, linkPPP, 105} {
		if _, ok := f.Program(link); ok {
			t.Errorf("a program for %v", link)
		}
		if _, ok := TCPOnly(link); ok {
			t.Errorf("TCPOnly has a program for %v", link)
		}
	}
}

func TestTCPOnly(t *testing.T) {
	plain := plainFrames()
	passes := []string{
		"tcp4", "tcp4 answer", "tcp4 options", "tcp4 https", "later fragment", "last fragment", "tcp6", "tcp6 answer",
		"tcp6 hop-by-hop", "tcp6 fragment", "icmp6 fragment", "esp", "kerberos", "range border", "mapped in ip6", "same two ends",
	}
	for name, b := range plain {
		if name != "ip4 version 6" { // which is something else without an EtherType
			checkTCPOnly(t, name, b, slices.Contains(passes, name))
		}
	}
	for i, b := range oddFrames()[5:19] {
		checkTCPOnly(t, fmt.Sprint("odd ", i), b, i != 1 && i != 3)
	}
}

// checkTCPOnly wants of a frame that TCPOnly lets it through, or not, however
// the socket sees it, on every link. Tags in the frame are let through.
func checkTCPOnly(t *testing.T, name string, b []byte, want bool) {
	t.Helper()
	for _, p := range onLinks(b) {
		raw, ok := TCPOnly(p.Link)
		if !ok {
			t.Fatalf("no program for %v", p.Link)
		}
		seen := sockets(p)
		if got := newMachine(t, raw).passes(t, seen[len(seen)-1]); got != want {
			t.Errorf("%s on %v: %v, want %v", name, p.Link, got, want)
		}
	}
}

func BenchmarkProgram(b *testing.B) {
	f := mustParse(b, "tcp port 80 and net 10.9")
	b.ReportAllocs()
	for b.Loop() {
		f.Program(capture.LinkEthernet)
	}
}
