package filter

import (
	"math"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// Program returns the filter as a program for packet sockets of Linux, and
// false if there is none: on other link types, or if it has more instructions
// than the kernel takes. A packet that the program drops would neither
// [Filter.Match] nor be one to [Filter.Keep]; of those that it lets through
// some do not, and they must be asked.
//
// It is for what a socket sees: LinkEthernet from SOCK_RAW, with the outermost
// VLAN tag taken out of the frame as Linux does; LinkLinuxSLL and LinkLinuxSLL2
// from SOCK_DGRAM, which begin with the network layer; LinkRaw, LinkIPv4 and
// LinkIPv6 from either. The packet to match is the one with the tag put back,
// or with the cooked header in front.
//
// The program lets through, as far as the rest of the expression allows it:
// whatever may be a tunnel that package capture reads, VLAN tags that are still
// in the frame, IPv6 with extension headers, and fragments whose ports are in
// another one.
func (f *Filter) Program(link capture.LinkType) ([]bpf.RawInstruction, bool) {
	return lower(f.steps, link, false)
}

// TCPOnly returns the program that lets through what can carry TCP, and false
// for a link type that no program can be made for: TCP itself, fragments,
// frames with VLAN tags and the tunnels that package capture reads, under the
// conditions of [Filter.Program]. What is encrypted (ESP, MACsec) or not read
// (ERSPAN type III) is let through too, because it has to be counted as not
// seen.
func TCPOnly(link capture.LinkType) ([]bpf.RawInstruction, bool) {
	tcp := primitive{kind: kindProtocol, proto: protocolTCP}
	return lower(compile(&node{primitive: tcp}), link, true)
}

// everything is what a program answers to let the whole packet through.
const everything = math.MaxInt32

// path is what a program knows of a packet when it begins to ask primitives.
type path struct {
	kind  pathKind
	ports ports
}

// pathKind says what a packet holds.
type pathKind uint8

const (
	pathOpaque pathKind = iota // more layers than a program can follow
	pathNone                   // no layer that primitives ask about
	pathIPv4
	pathIPv6
	pathARP
	pathRARP
)

// ports says whether the ports of an IP packet can be read.
type ports uint8

const (
	portsNone   ports = iota // it has none, or they are not asked for
	portsThere               // X is the length of the IPv4 header
	portsHidden              // they are in the first fragment
)

// lowering makes a program of steps.
type lowering struct {
	assembler
	steps    []step
	asked    [kindGreater + 1]bool // kinds of primitives in steps
	tellsARP bool                  // steps tell ARP from RARP
	link     capture.LinkType
	base     uint32 // where the network layer begins
	header   int    // how much longer the packet to match is than what the program sees
	tcp      bool   // for TCPOnly

	accept, reject label
	paths          map[path]label
	order          []path // of paths, as they are needed
}

func lower(steps []step, link capture.LinkType, tcp bool) ([]bpf.RawInstruction, bool) {
	l := &lowering{steps: steps, link: link, tcp: tcp, paths: make(map[path]label)}
	for i := range steps {
		l.asked[steps[i].kind] = true
		l.tellsARP = l.tellsARP || steps[i].proto == protocolARP
	}
	l.accept, l.reject = l.label(), l.label()
	switch {
	case len(steps) == 0:
	case !l.begin():
		return nil, false
	}
	for i := 0; i < len(l.order); i++ {
		l.path(l.order[i])
	}
	l.mark(l.accept)
	l.emit(bpf.RetConstant{Val: everything})
	if len(steps) > 0 {
		l.mark(l.reject)
		l.emit(bpf.RetConstant{Val: 0})
	}
	return l.program()
}

// to returns the label of a path, the code of which is made later.
func (l *lowering) to(p path) label {
	if !l.asked[kindPort] {
		p.ports = portsNone
	}
	if _, ok := l.paths[p]; !ok {
		l.paths[p] = l.label()
		l.order = append(l.order, p)
	}
	return l.paths[p]
}

func (l *lowering) opaque() label { return l.to(path{kind: pathOpaque}) }

// begin finds out what the packet holds and goes to the path for it. It reports
// false for a link type that it does not know.
func (l *lowering) begin() bool {
	switch l.link {
	case capture.LinkEthernet:
		l.base = 14
		l.atLeast(14+20, l.opaque())
		l.emit(bpf.LoadAbsolute{Off: 12, Size: 2})
		l.etherType()
	case capture.LinkLinuxSLL, capture.LinkLinuxSLL2:
		l.header = 16
		if l.link == capture.LinkLinuxSLL2 {
			l.header = 20
		}
		l.emit(bpf.LoadExtension{Num: bpf.ExtProto})
		l.etherType()
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen:
		l.atLeast(20, l.opaque())
		l.emit(bpf.LoadAbsolute{Off: 0, Size: 1})
		l.emit(bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4})
		ip4, ip6 := l.label(), l.label()
		l.when(bpf.JumpEqual, 4, ip4)
		l.branch(bpf.JumpEqual, 6, ip6, l.to(path{kind: pathNone}))
		l.mark(ip4)
		l.ipv4()
		l.mark(ip6)
		l.ipv6()
	case capture.LinkIPv4:
		l.ipv4()
	case capture.LinkIPv6:
		l.ipv6()
	default:
		return false
	}
	return true
}

// atLeast goes to short if the packet has less than n bytes. Without, reading
// beyond its end would drop it.
func (l *lowering) atLeast(n uint32, short label) {
	next := l.label()
	l.emit(bpf.LoadExtension{Num: bpf.ExtLen})
	l.branch(bpf.JumpGreaterOrEqual, n, next, short)
	l.mark(next)
}

// etherType goes on by the EtherType in the accumulator.
func (l *lowering) etherType() {
	ip4, ip6, short := l.label(), l.label(), l.label()
	arp := l.label()
	l.when(bpf.JumpEqual, assigned.EtherIPv4, ip4)
	l.when(bpf.JumpEqual, assigned.EtherIPv6, ip6)
	l.when(bpf.JumpEqual, assigned.EtherARP, arp)
	rarp := l.label()
	l.when(bpf.JumpEqual, assigned.EtherRARP, rarp)
	l.whenAny(tunnelEtherTypes, l.opaque())
	if l.tcp {
		l.whenAny([]uint32{assigned.EtherMACsec, assigned.EtherERSPAN3}, l.accept)
	}
	l.branch(bpf.JumpGreaterThan, maxLength, l.to(path{kind: pathNone}), short)
	l.mark(short)
	l.llc()
	l.mark(arp)
	l.arp(pathARP)
	l.mark(rarp)
	l.arp(pathRARP)
	l.mark(ip4)
	l.ipv4()
	l.mark(ip6)
	l.ipv6()
}

// llc goes on with an IEEE 802.2 header; in the cooked packets that have one
// the accumulator says so.
func (l *lowering) llc() {
	none := l.to(path{kind: pathNone})
	if l.link != capture.LinkEthernet {
		next := l.label()
		l.branch(bpf.JumpEqual, cookedLLC, next, none)
		l.mark(next)
		l.atLeast(2, none)
	}
	l.emit(bpf.LoadAbsolute{Off: l.base, Size: 2})
	l.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: sapMask})
	l.branch(bpf.JumpEqual, snapSAPs, l.opaque(), none)
}

// arp goes on with ARP or RARP. A packet that is cut is none of those that are
// asked about, but it may be one under not.
func (l *lowering) arp(k pathKind) {
	l.atLeast(l.base+28, l.opaque())
	if !l.tellsARP {
		k = pathARP
	}
	l.goTo(l.to(path{kind: k}))
}
