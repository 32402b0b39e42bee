package filter

import (
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

// socket is what a packet socket of Linux makes of a packet.
type socket struct {
	data   []byte
	tagged bool   // a tag was taken out of data
	tag    uint16 // its control information
	proto  uint16 // EtherType of the packet, for SOCK_DGRAM
}

// sockets returns the ways in which a socket may see p: with the outermost VLAN
// tag taken out, which Linux does, and with it in place.
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

func isTag(typ uint16) bool {
	return typ == assigned.EtherVLAN || typ == assigned.EtherService || typ == assigned.EtherQinQ
}

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
		vm, err := bpf.NewVM(m.answered(k))
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

// answered returns the program with the answers of the kernel in place of its
// loads.
func (m *machine) answered(k socketKey) []bpf.Instruction {
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

// isPlain reports whether a program knows all that Match knows of p: no tags,
// no tunnels, no fragments but the first, nothing cut.
func isPlain(p *capture.Packet) bool {
	var w walker
	w.walk(p)
	if w.depth > 0 || w.tagged || w.count > 1 || announcesMore(p) {
		return false
	}
	if w.count == 0 {
		return len(p.Data) >= 40
	}
	b := w.layers[0].b
	switch w.layers[0].kind {
	case layerIPv4:
		return len(b) >= 20 && be.Uint16(b[6:])&0x1fff == 0 && !slices.Contains(opaque4, uint32(b[9])) && isPlainTransport(b[9], b, int(b[0]&15)*4)
	case layerIPv6:
		return len(b) >= 40 && !slices.Contains(opaque6, uint32(b[6])) && isPlainTransport(b[6], b, 40)
	}
	return len(b) >= 28
}

// announcesMore reports whether the EtherType of p is that of a tunnel,
// readable or not.
func announcesMore(p *capture.Packet) bool {
	typ, b := uint16(0xffff), p.Data
	switch {
	case p.Link == capture.LinkEthernet && len(b) >= 16:
		typ, b = be.Uint16(b[12:]), b[14:]
	case p.Link == capture.LinkLinuxSLL && len(b) >= 18:
		typ, b = be.Uint16(b[14:]), b[16:]
	case p.Link == capture.LinkLinuxSLL2 && len(b) >= 22:
		typ, b = be.Uint16(b), b[20:]
	}
	return slices.Contains(tunnelEtherTypes, uint32(typ)) || typ <= maxLength && be.Uint16(b)&sapMask == snapSAPs
}

func isPlainTransport(proto byte, b []byte, at int) bool {
	if !isTransport(proto) {
		return true
	}
	return len(b) >= at+4 && (proto != assigned.ProtoUDP || !assigned.TunnelPort(be.Uint16(b[at+2:])))
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

// onLinks returns the packet of an Ethernet frame on all links that have
// programs.
func onLinks(b []byte) []*capture.Packet {
	out := []*capture.Packet{packettest.New(capture.LinkEthernet, b)}
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
	out = append(out, packettest.New(capture.LinkLinuxSLL, sll), packettest.New(capture.LinkLinuxSLL2, sll2))
	switch typ {
	case assigned.EtherIPv4:
		out = append(out, packettest.New(capture.LinkRaw, rest), packettest.New(capture.LinkIPv4, rest))
	case assigned.EtherIPv6:
		out = append(out, packettest.New(capture.LinkRaw, rest), packettest.New(capture.LinkIPv6, rest))
	}
	return out
}

// oddFrames are frames with tags, tunnels and cuts.
func oddFrames() [][]byte {
	inner := ether(assigned.EtherIPv4, tcp4())
	out := [][]byte{
		nil, {1, 2, 3}, ether(assigned.EtherIPv4, nil), ether(assigned.EtherIPv6, make([]byte, 39)), ether(assigned.EtherARP, make([]byte, 27)),
		ether(assigned.EtherVLAN, tag(10, assigned.EtherIPv4, tcp4())), ether(assigned.EtherVLAN, tag(10, assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoUDP, udp(1, 53, nil)))),
		ether(assigned.EtherService, tag(20, assigned.EtherVLAN, tag(10, assigned.EtherIPv4, tcp4()))), ether(assigned.EtherQinQ, tag(10, assigned.EtherARP, arp(pc, web))),
		vxlan(inner), vxlan(ether(assigned.EtherVLAN, tag(10, assigned.EtherIPv4, tcp4()))), ether(assigned.EtherVLAN, tag(20, assigned.EtherIPv4, vxlan(inner)[14:])),
		ether(assigned.EtherIPv4, ip4(mail, web, assigned.ProtoIPv4, 0, tcp4())), ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoIPv4, tcp4())),
		ether(assigned.EtherIPv4, ip4(mail, web, assigned.ProtoGRE, 0x2010, tcp4())), ether(assigned.EtherIPv4, ip4(mail, web, assigned.ProtoUDP, 0x2010, tcp4())),
		ether(assigned.EtherMPLS, append([]byte{0, 0, 0x11, 64}, tcp4()...)), ether(48, append([]byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, tcp4()...)),
		ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoUDP, udp(5, assigned.PortGeneve, append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, tcp4()...)))),
	}
	for _, b := range plainFrames() {
		out = append(out, b[:min(len(b), 15)], b[:min(len(b), 34)], b[:min(len(b), 36)], b[:min(len(b), 56)])
	}
	return out
}
