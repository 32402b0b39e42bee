package filter

import (
	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
)

// ask makes the code of one step.
func (l *lowering) ask(p path, s *step, yes, no label) {
	switch s.kind {
	case kindLess, kindGreater:
		l.askLength(s, yes, no)
	case kindVLAN:
		l.askTag(s, yes, no)
	case kindProtocol:
		l.loadProtocol(p)
		l.branch(bpf.JumpEqual, uint32(s.proto.transportProtocol()), yes, no)
	case kindHost:
		l.askHost(p, s, yes, no)
	case kindPort:
		l.askPort(p, s, yes, no)
	}
}

// loadProtocol loads the protocol from an IP header.
func (l *lowering) loadProtocol(p path) {
	off := uint32(9)
	if p.kind == pathIPv6 {
		off = 6
	}
	l.emit(bpf.LoadAbsolute{Off: l.base + off, Size: 1})
}

// askHost compares the addresses of an IP or ARP header.
func (l *lowering) askHost(p path, s *step, yes, no label) {
	src, dst := uint32(12), uint32(16)
	switch p.kind {
	case pathIPv6:
		src, dst = 8, 24
	case pathARP, pathRARP:
		src, dst = 14, 24
	}
	l.ends(s.dir, yes, no,
		func(yes, no label) { l.askAddress(s, l.base+src, yes, no) },
		func(yes, no label) { l.askAddress(s, l.base+dst, yes, no) })
}

// ends asks about source and destination, as d says.
func (l *lowering) ends(d direction, yes, no label, src, dst func(yes, no label)) {
	next := l.label()
	switch d {
	case source:
		src(yes, no)
		return
	case destination:
		dst(yes, no)
		return
	case both:
		src(next, no)
	default:
		src(yes, next)
	}
	l.mark(next)
	dst(yes, no)
}

// askAddress compares the address at off, word by word.
func (l *lowering) askAddress(s *step, off uint32, yes, no label) {
	last := s.words() - 1
	for last > 0 && s.mask[last] == 0 {
		last--
	}
	for i := 0; i <= last; i++ {
		next := yes
		if i < last {
			next = l.label()
		}
		l.emit(bpf.LoadAbsolute{Off: off + uint32(4*i), Size: 4})
		if s.mask[i] != ^uint32(0) {
			l.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: s.mask[i]})
		}
		l.branch(bpf.JumpEqual, s.addr[i], next, no)
		if i < last {
			l.mark(next)
		}
	}
}

// askPort compares ports, if the packet has those of the protocol that s names.
func (l *lowering) askPort(p path, s *step, yes, no label) {
	if p.ports == portsHidden {
		if s.helps {
			l.overTransport(p, s, yes, no)
		} else {
			l.goTo(no)
		}
		return
	}
	next := l.label()
	l.overTransport(p, s, next, no)
	l.mark(next)
	l.ends(s.dir, yes, no,
		func(yes, no label) { l.comparePort(p, s, 0, yes, no) },
		func(yes, no label) { l.comparePort(p, s, 2, yes, no) })
}

// overTransport asks for the transport protocol that s names. Without one all
// do: packets without ports do not come here.
func (l *lowering) overTransport(p path, s *step, yes, no label) {
	if s.proto == anyProtocol {
		l.goTo(yes)
		return
	}
	l.loadProtocol(p)
	l.branch(bpf.JumpEqual, uint32(s.proto.transportProtocol()), yes, no)
}

// comparePort compares the port that is off bytes behind the IP header.
func (l *lowering) comparePort(p path, s *step, off uint32, yes, no label) {
	if p.kind == pathIPv6 {
		l.emit(bpf.LoadAbsolute{Off: l.base + 40 + off, Size: 2})
	} else {
		l.emit(bpf.LoadIndirect{Off: l.base + off, Size: 2})
	}
	if s.low == s.high {
		l.branch(bpf.JumpEqual, s.low, yes, no)
		return
	}
	next := l.label()
	l.branch(bpf.JumpGreaterOrEqual, s.low, next, no)
	l.mark(next)
	l.branch(bpf.JumpGreaterThan, s.high, no, yes)
}

// askTag looks for the tag that the kernel took out of the frame. Tags that are
// still in it make it opaque.
func (l *lowering) askTag(s *step, yes, no label) {
	if s.low == anyVLAN {
		l.emit(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
		l.branch(bpf.JumpEqual, 0, no, yes)
		return
	}
	next := l.label()
	l.emit(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
	l.branch(bpf.JumpEqual, 0, no, next)
	l.mark(next)
	l.emit(bpf.LoadExtension{Num: bpf.ExtVLANTag})
	l.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xfff})
	l.branch(bpf.JumpEqual, s.low, yes, no)
}

// askLength compares the length of the packet to match. Whoever puts the tag
// back that the kernel took out may count its 4 bytes or not: the length is the
// one with which more packets match.
func (l *lowering) askLength(s *step, yes, no label) {
	compare := func(header int) {
		limit := max(0, int64(s.low)-int64(header))
		switch {
		case s.kind == kindGreater:
			l.branch(bpf.JumpGreaterOrEqual, uint32(limit), yes, no)
		case int64(s.low) < int64(header):
			l.goTo(no)
		default:
			l.branch(bpf.JumpGreaterThan, uint32(limit), no, yes)
		}
	}
	if (s.kind == kindGreater) == s.helps && (l.link == capture.LinkEthernet || l.header > 0) {
		tagged, untagged := l.label(), l.label()
		l.emit(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
		l.branch(bpf.JumpEqual, 0, untagged, tagged)
		l.mark(tagged)
		l.emit(bpf.LoadExtension{Num: bpf.ExtLen})
		compare(l.header + 4)
		l.mark(untagged)
	}
	l.emit(bpf.LoadExtension{Num: bpf.ExtLen})
	compare(l.header)
}
