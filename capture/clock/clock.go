// Package clock compares captures by what both have seen: whether they have
// anything in common, and how far their clocks are apart.
//
//	capture A: packets --> Sightings --+
//	                                   +--> Shared: packets, connections and addresses; offset of the clocks
//	capture B: packets --> Sightings --+
package clock

import (
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// Sightings remembers what packets were seen and when, so that two captures
// that hold the same packets tell how far their clocks are apart. A packet is
// known by its addresses, ports, sequence numbers and length: on both sides of
// a switch, a tap or a cooked capture they are the same.
type Sightings struct {
	decoder     *packet.Decoder
	seen        map[uint64]int64 // capture time; ambiguous if it was seen twice
	connections map[uint64]*ends // by hash
	pairs       map[uint64]bool  // of addresses that talk with each other, by hash
	addresses   map[netip.Addr]bool
	seg         packet.TCP
}

// ends holds where the two directions of a connection begin and end in a
// capture, by their sequence numbers.
type ends struct {
	first, next [2]uint32
	seen        [2]bool
}

// ambiguous stands for the time of a packet that was seen more than once: a
// retransmission, which pairs with any of its copies.
const ambiguous = -1 << 63

// NewSightings makes empty Sightings.
func NewSightings() *Sightings {
	return &Sightings{
		decoder: packet.NewDecoder(), seen: map[uint64]int64{},
		connections: map[uint64]*ends{}, pairs: map[uint64]bool{}, addresses: map[netip.Addr]bool{},
	}
}

// Add takes a packet and returns its TCP payload, if it has any. It keeps
// nothing of p.Data.
func (s *Sightings) Add(p *capture.Packet) []byte {
	t := &s.seg
	if !s.decoder.Decode(p, t) {
		return nil
	}
	s.addEnds(t)
	if len(t.Payload)+t.Cut == 0 && t.Flags&packet.FlagSYN == 0 {
		return nil
	}
	k := sightingKey(t)
	if _, twice := s.seen[k]; twice {
		s.seen[k] = ambiguous
	} else {
		s.seen[k] = t.Time
	}
	return t.Payload
}

// addEnds notes the connection of t, its addresses and where it is.
func (s *Sightings) addEnds(t *packet.TCP) {
	hash := t.Key.FixedHash()
	e := s.connections[hash]
	if e == nil {
		e = new(ends)
		s.connections[hash] = e
		pair := packet.FlowKey{Addr: t.Key.Addr}
		s.pairs[pair.FixedHash()] = true
		for d := range t.Key.Addr {
			if a := t.Key.Endpoint(capture.Dir(d)).Addr(); !a.IsLoopback() { // which every machine has
				s.addresses[a] = true
			}
		}
	}
	next := t.Seq + uint32(len(t.Payload)+t.Cut)
	if t.Flags&(packet.FlagSYN|packet.FlagFIN) != 0 {
		next++
	}
	e.note(t.Dir, t.Seq, next)
	if t.Flags&packet.FlagACK != 0 {
		e.note(1-t.Dir, t.Ack, t.Ack)
	}
}

// note takes the sequence numbers of the first byte in direction d and of the
// one after the last.
func (e *ends) note(d capture.Dir, first, next uint32) {
	if !e.seen[d] {
		e.seen[d], e.first[d], e.next[d] = true, first, next
	} else if int32(next-e.next[d]) > 0 {
		e.next[d] = next
	}
}

// sightingKey hashes what names a packet, the same in every capture.
func sightingKey(t *packet.TCP) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(t.Dir)
	mix := func(v uint64) {
		hi, lo := bits.Mul64(h^v^0xc2b2ae3d27d4eb4f, k)
		h = hi ^ lo ^ v
	}
	mix(t.Key.FixedHash())
	mix(uint64(t.Seq)<<32 | uint64(t.Ack))
	mix(uint64(len(t.Payload)+t.Cut)<<8 | uint64(t.Flags))
	return h
}

// Addresses returns the addresses of TCP connections that were seen, those of
// loopback left out, in no order.
func (s *Sightings) Addresses() []netip.Addr {
	out := make([]netip.Addr, 0, len(s.addresses))
	for a := range s.addresses {
		out = append(out, a)
	}
	return out
}

// Empty reports whether no TCP segment was seen.
func (s *Sightings) Empty() bool { return len(s.connections) == 0 }

// Shared is what two captures have in common.
type Shared struct {
	Packets     int // that have payload, or open a connection
	Of          int // how many of these the capture with fewer has
	Connections int
	GoOn        int // connections that go on in the second one where they end in the first one
	Pairs       int // of addresses that talk with each other, loopback too
	Addresses   int // without those of loopback

	Offset time.Duration // how far the second clock is ahead: the median over Packets
	Spread time.Duration // in which half of the differences lie
}

// Shared compares s with o.
func (s *Sightings) Shared(o *Sightings) Shared {
	r := Shared{
		Of:          min(len(s.seen), len(o.seen)),
		Connections: common(s.connections, o.connections),
		GoOn:        s.goOn(o),
		Pairs:       common(s.pairs, o.pairs),
		Addresses:   common(s.addresses, o.addresses),
	}
	if r.Connections == 0 {
		return r
	}
	var all []int64
	for k, t := range s.seen {
		if u, ok := o.seen[k]; ok && t != ambiguous && u != ambiguous {
			all = append(all, u-t)
		}
	}
	if r.Packets = len(all); r.Packets == 0 {
		return r
	}
	slices.Sort(all)
	r.Offset = time.Duration(all[len(all)/2])
	r.Spread = time.Duration(all[len(all)*3/4] - all[len(all)/4])
	return r
}

// goOn returns how many connections have in o the next bytes after those in s.
func (s *Sightings) goOn(o *Sightings) (n int) {
	for k, e := range o.connections {
		if f := s.connections[k]; f != nil && (goesOn(f, e, 0) || goesOn(f, e, 1)) {
			n++
		}
	}
	return n
}

// goesOn reports whether direction d of a connection begins in b where it ends
// in a.
func goesOn(a, b *ends, d int) bool {
	return a.seen[d] && b.seen[d] && a.next[d] == b.first[d]
}

// common returns how many keys are in both maps.
func common[K comparable, V any](a, b map[K]V) (n int) {
	if len(a) > len(b) {
		return common(b, a)
	}
	for k := range a {
		if _, ok := b[k]; ok {
			n++
		}
	}
	return n
}
