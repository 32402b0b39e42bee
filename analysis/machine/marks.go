package machine

import (
	"net/netip"
	"slices"

	"ntlmtrace/capture"
)

const (
	// maxOwn is how many addresses the capturing machine may have: with more it
	// is a router that passes on those of others.
	maxOwn = 1 << 10
	// maxForeign is how many addresses of others are remembered. Once there are
	// more, no further address is taken for the machine's own.
	maxForeign = 1 << 16
	// maxForwarded is how many forwarded connections show that the machine
	// forwards everywhere: the marks of the whole capture say nothing then.
	maxForwarded = 3
)

// seat is a machine that captured: what the marks of one source say of its
// addresses.
//
// An address is its own if packets from it left the machine and none arrived
// there, at an interface through which it forwards no packets of others. A
// bridge, a router, a container host or a hypervisor sends the packets of others
// as well, and marks them alike.
type seat struct {
	source    int
	sent      map[netip.Addr][]uint16 // addresses that it sent from, with the interfaces
	foreign   map[netip.Addr]uint16   // those of others, with the interface at which they were seen
	suspect   []uint16                // interfaces at which packets of others left
	forwarded int                     // connections, or addresses, that it forwards packets of
	own       []netip.Addr            // its own, in order, if fresh
	fresh     bool
}

// Passage notes how packets passed the machine that captured source.
func (m *Machines[T]) Passage(source int, p *capture.Passage) {
	s := m.seatOf(source)
	switch p.Kind {
	case capture.Sent:
		s.noteSent(p.From, p.Interface)
	case capture.Arrived:
		s.noteForeign(p.From, p.Interface)
	case capture.Forwarded:
		s.noteForwarded(p.Interface, !p.Again)
		s.noteForeign(p.From, p.Interface)
		s.noteForeign(p.To, p.Interface)
	}
	m.tiered = m.tiered || len(s.sent) > 1
}

// seatOf returns the machine that captured source, new if need be.
func (m *Machines[T]) seatOf(source int) *seat {
	for _, s := range m.seats {
		if s.source == source {
			return s
		}
	}
	s := &seat{source: source, sent: map[netip.Addr][]uint16{}, foreign: map[netip.Addr]uint16{}}
	m.seats = append(m.seats, s)
	return s
}

func (s *seat) noteSent(a netip.Addr, through uint16) {
	if at, ok := s.foreign[a]; ok {
		if at != through {
			s.noteForwarded(through, true) // it came in there and left here
		}
		return
	}
	known := s.sent[a]
	if len(known) == 0 && (len(s.foreign) >= maxForeign || len(s.sent) > maxOwn) || slices.Contains(known, through) {
		return
	}
	s.sent[a] = append(known, through)
	s.fresh = false
}

func (s *seat) noteForeign(a netip.Addr, through uint16) {
	if left := s.sent[a]; left != nil {
		delete(s.sent, a)
		s.fresh = false
		if !slices.Contains(left, through) {
			s.noteForwarded(left[0], true)
		}
	}
	if _, ok := s.foreign[a]; !ok && len(s.foreign) < maxForeign {
		s.foreign[a] = through
	}
}

// noteForwarded notes that packets of others left through an interface.
func (s *seat) noteForwarded(through uint16, another bool) {
	if another {
		s.forwarded++
	}
	if !slices.Contains(s.suspect, through) {
		s.suspect = append(s.suspect, through)
	}
	s.fresh = false
}

// addresses returns the addresses that are the machine's own for all that is
// known now.
func (s *seat) addresses() []netip.Addr {
	if s.fresh {
		return s.own
	}
	s.own, s.fresh = s.own[:0], true
	if s.forwarded >= maxForwarded || len(s.sent) > maxOwn {
		return nil
	}
	for a, through := range s.sent {
		if slices.ContainsFunc(through, func(i uint16) bool { return !slices.Contains(s.suspect, i) }) {
			s.own = append(s.own, a)
		}
	}
	slices.SortFunc(s.own, netip.Addr.Compare)
	return s.own
}

func (s *seat) owns(a netip.Addr) bool {
	_, found := slices.BinarySearchFunc(s.addresses(), a, netip.Addr.Compare)
	return found
}

// bothOwn reports whether two addresses are both own ones of one machine that
// captured.
func (m *Machines[T]) bothOwn(a, b netip.Addr) bool {
	for _, s := range m.seats {
		if s.owns(a) && s.owns(b) {
			return true
		}
	}
	return false
}

// isOwn reports whether an address is that of a machine that captured.
func (m *Machines[T]) isOwn(a netip.Addr) bool {
	for _, s := range m.seats {
		if s.owns(a) {
			return true
		}
	}
	return false
}
