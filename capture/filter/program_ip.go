package filter

import (
	"golang.org/x/net/bpf"

	"ntlmtrace/capture/internal/assigned"
)

// ipv4 goes on with an IPv4 header.
func (l *lowering) ipv4() {
	udp, transport := l.label(), l.label()
	l.atLeast(l.base+20, l.opaque())
	l.emit(bpf.LoadAbsolute{Off: l.base + 9, Size: 1})
	if l.tcp {
		l.when(bpf.JumpEqual, assigned.ProtoESP, l.accept)
	}
	l.whenAny(opaque4, l.opaque())
	l.when(bpf.JumpEqual, assigned.ProtoUDP, udp)
	if l.asked[kindPort] {
		l.when(bpf.JumpEqual, assigned.ProtoTCP, transport)
		l.when(bpf.JumpEqual, assigned.ProtoSCTP, transport)
	}
	l.goTo(l.to(path{kind: pathIPv4}))

	l.mark(udp)
	hidden := l.to(path{kind: pathIPv4, ports: portsHidden})
	later := hidden
	if l.tcp {
		later = l.accept // it may be the rest of a tunnel
	}
	l.firstFragment(later)
	l.headerLength(4)
	l.emit(bpf.LoadIndirect{Off: l.base + 2, Size: 2})
	l.whenAny(tunnelPorts, l.opaque())
	there := l.to(path{kind: pathIPv4, ports: portsThere})
	l.goTo(there)

	if l.asked[kindPort] {
		l.mark(transport)
		l.firstFragment(hidden)
		l.headerLength(4)
		l.goTo(there)
	}
}

// firstFragment goes to later if the IPv4 packet is a fragment and not the
// first.
func (l *lowering) firstFragment(later label) {
	next := l.label()
	l.emit(bpf.LoadAbsolute{Off: l.base + 6, Size: 2})
	l.branch(bpf.JumpBitsSet, 0x1fff, later, next)
	l.mark(next)
}

// headerLength sets X to the length of the IPv4 header, and sees to it that n
// bytes behind it can be read.
func (l *lowering) headerLength(n uint32) {
	next := l.label()
	l.emit(bpf.LoadMemShift{Off: l.base})
	l.emit(bpf.TXA{})
	l.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: l.base + n})
	l.emit(bpf.TAX{})
	l.emit(bpf.LoadExtension{Num: bpf.ExtLen})
	l.branchX(bpf.JumpGreaterOrEqual, next, l.opaque())
	l.mark(next)
	l.emit(bpf.LoadMemShift{Off: l.base})
}

// ipv6 goes on with an IPv6 header.
func (l *lowering) ipv6() {
	udp, transport := l.label(), l.label()
	l.atLeast(l.base+40, l.opaque())
	l.emit(bpf.LoadAbsolute{Off: l.base + 6, Size: 1})
	if l.tcp {
		l.when(bpf.JumpEqual, assigned.ProtoESP, l.accept)
	}
	l.whenAny(opaque6, l.opaque())
	l.when(bpf.JumpEqual, assigned.ProtoUDP, udp)
	if l.asked[kindPort] {
		l.when(bpf.JumpEqual, assigned.ProtoTCP, transport)
		l.when(bpf.JumpEqual, assigned.ProtoSCTP, transport)
	}
	l.goTo(l.to(path{kind: pathIPv6}))

	there := l.to(path{kind: pathIPv6, ports: portsThere})
	l.mark(udp)
	l.atLeast(l.base+44, l.opaque())
	l.emit(bpf.LoadAbsolute{Off: l.base + 42, Size: 2})
	l.whenAny(tunnelPorts, l.opaque())
	l.goTo(there)

	if l.asked[kindPort] {
		l.mark(transport)
		l.atLeast(l.base+44, l.opaque())
		l.goTo(there)
	}
}
