package filter

import "ntlmtrace/capture"

// path makes the code that asks the steps of a packet of which p is known.
// Steps whose answer follows from that are left out.
func (l *lowering) path(p path) {
	n := len(l.steps)
	labels := make([]label, n) // where to go for a step: to its code, or past it
	needed := make([]bool, n)
	target := func(at int) label {
		switch at {
		case accept:
			return l.accept
		case reject:
			return l.reject
		}
		return labels[at]
	}
	known := make([]bool, n)
	for i := n - 1; i >= 0; i-- {
		s := &l.steps[i]
		answer, ok := l.known(p, s)
		switch {
		case !ok:
			labels[i] = l.label()
		case answer:
			labels[i] = target(s.yes)
		default:
			labels[i] = target(s.no)
		}
		known[i] = ok
	}
	l.mark(l.paths[p])
	l.goTo(target(0))
	l.reach(labels, known, needed, target(0))
	for i := range l.steps {
		if known[i] || !needed[i] {
			continue
		}
		s := &l.steps[i]
		l.mark(labels[i])
		l.ask(p, s, target(s.yes), target(s.no))
	}
}

// reach marks the steps that can be come to, beginning at the label first.
func (l *lowering) reach(labels []label, known, needed []bool, first label) {
	wanted := map[label]bool{first: true}
	for i := range l.steps {
		if known[i] || !wanted[labels[i]] {
			continue
		}
		needed[i] = true
		for _, next := range []int{l.steps[i].yes, l.steps[i].no} {
			if next >= 0 {
				wanted[labels[next]] = true
			}
		}
	}
}

// known returns the answer to s if it follows from p. What a program cannot
// know has the answer with which more packets match.
func (l *lowering) known(p path, s *step) (answer, ok bool) {
	switch s.kind {
	case kindLess, kindGreater:
		return false, false
	case kindVLAN:
		if p.kind == pathOpaque {
			return s.helps, true
		}
		return false, l.link != capture.LinkEthernet && l.header == 0 // only links with tags have any
	}
	switch p.kind {
	case pathOpaque:
		return s.helps, true
	case pathNone:
		return false, true
	}
	switch s.kind {
	case kindProtocol:
		return knownProtocol(p.kind, s.proto)
	case kindHost:
		return knownHost(p.kind, &s.primitive)
	}
	return false, p.ports == portsNone
}

// knownProtocol answers the primitives that ask for what the EtherType says.
func knownProtocol(k pathKind, proto protocol) (answer, ok bool) {
	switch proto {
	case protocolIP:
		return k == pathIPv4, true
	case protocolIP6:
		return k == pathIPv6, true
	case protocolARP:
		return k == pathARP, true
	case protocolICMP:
		return false, k != pathIPv4
	case protocolICMP6:
		return false, k != pathIPv6
	}
	return false, k != pathIPv4 && k != pathIPv6
}

// knownHost answers for addresses that the packet has none of, and for those
// that everything is in.
func knownHost(k pathKind, q *primitive) (answer, ok bool) {
	has := false
	switch k {
	case pathIPv4:
		has = !q.six && q.proto != protocolARP
	case pathIPv6:
		has = q.six
	case pathARP:
		has = !q.six && q.proto != protocolIP
	case pathRARP:
		has = !q.six && q.proto == anyProtocol
	}
	if !has {
		return false, true
	}
	return true, q.mask == [4]uint32{}
}
