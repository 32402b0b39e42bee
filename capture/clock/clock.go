// Package clock finds out how far the clocks of two captures are apart, by the
// packets that both have seen.
//
//	capture A: packets --> Sightings --+
//	                                   +--> Offset: the median of the differences
//	capture B: packets --> Sightings --+
package clock

import (
	"math/bits"
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// Sightings remembers when packets were seen, so that two captures that hold
// the same packets tell how far their clocks are apart. A packet is known by
// its addresses, ports, sequence numbers and length: on both sides of a switch,
// a tap or a cooked capture they are the same.
type Sightings struct {
	decoder *packet.Decoder
	seen    map[uint64]int64 // capture time; ambiguous if it was seen twice
	seg     packet.TCP
}

// ambiguous stands for the time of a packet that was seen more than once: a
// retransmission, which pairs with any of its copies.
const ambiguous = -1 << 63

// NewSightings makes empty Sightings.
func NewSightings() *Sightings {
	return &Sightings{decoder: packet.NewDecoder(), seen: map[uint64]int64{}}
}

// Add takes a packet. It keeps nothing of p.Data.
func (s *Sightings) Add(p *capture.Packet) {
	t := &s.seg
	if !s.decoder.Decode(p, t) || len(t.Payload)+t.Cut == 0 && t.Flags&packet.FlagSYN == 0 {
		return
	}
	k := sightingKey(t)
	if _, twice := s.seen[k]; twice {
		s.seen[k] = ambiguous
	} else {
		s.seen[k] = t.Time
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

// minShared is how many packets two captures must share before their clocks
// are compared: fewer may be an accident.
const minShared = 3

// Offset returns how far the clock of o is ahead of that of s: the median over
// the packets that both have seen. It is false if they share too few.
func (s *Sightings) Offset(o *Sightings) (time.Duration, bool) {
	var all []int64
	for k, t := range s.seen {
		if u, ok := o.seen[k]; ok && t != ambiguous && u != ambiguous {
			all = append(all, u-t)
		}
	}
	if len(all) < minShared {
		return 0, false
	}
	slices.Sort(all)
	return time.Duration(all[len(all)/2]), true
}
