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
	connections map[uint64]bool  // by hash
	pairs       map[uint64]bool  // of addresses that talk with each other, by hash
	addresses   map[netip.Addr]bool
	seg         packet.TCP
}

// ambiguous stands for the time of a packet that was seen more than once: a
// retransmission, which pairs with any of its copies.
const ambiguous = -1 << 63

// NewSightings makes empty Sightings.
func NewSightings() *Sightings {
	return &Sightings{
		decoder: packet.NewDecoder(), seen: map[uint64]int64{},
		connections: map[uint64]bool{}, pairs: map[uint64]bool{}, addresses: map[netip.Addr]bool{},
	}
}

// Add takes a packet and returns its TCP payload, if it has any. It keeps
// nothing of p.Data.
func (s *Sightings) Add(p *capture.Packet) []byte {
	t := &s.seg
	if !s.decoder.Decode(p, t) {
		return nil
	}
	s.addEnds(&t.Key)
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

// addEnds notes the connection k and its addresses.
func (s *Sightings) addEnds(k *packet.FlowKey) {
	connection := k.FixedHash()
	if s.connections[connection] {
		return
	}
	s.connections[connection] = true
	pair := packet.FlowKey{Addr: k.Addr}
	s.pairs[pair.FixedHash()] = true
	for d := range k.Addr {
		if a := k.Endpoint(capture.Dir(d)).Addr(); !a.IsLoopback() { // which every machine has
			s.addresses[a] = true
		}
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

// common returns how many keys are in both sets.
func common[K comparable](a, b map[K]bool) (n int) {
	if len(a) > len(b) {
		a, b = b, a
	}
	for k := range a {
		if b[k] {
			n++
		}
	}
	return n
}
