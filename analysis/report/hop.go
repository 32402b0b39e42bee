package report

import (
	"iter"
	"net/netip"
)

// Hop is all connections of one client address to one server address and port.
type Hop struct {
	Client      netip.Addr
	Server      netip.AddrPort
	Schemes     []string // in the order in which they were first seen
	Users       []string // accounts, in the order in which they were first seen; the first 100
	MoreUsers   int      // how many more there are
	Connections int
	Handshakes  int
	Accepted    int
	Denied      int
	Findings    []int64  // ids
	Worst       Severity // of its findings
	HasFinding  bool
}

// Hops is the list of hops at the end: worst first, then by number of denied
// handshakes, then in order of appearance. They may be half a million, so each
// is made when it is asked for.
type Hops struct {
	n  int
	at func(i int) Hop
}

// NewHops returns a list of n hops, of which at returns each, from 0.
func NewHops(n int, at func(i int) Hop) Hops { return Hops{n, at} }

// Len returns how many hops there are.
func (h Hops) Len() int { return h.n }

// All returns the hops in their order.
func (h Hops) All() iter.Seq2[int, Hop] {
	return func(yield func(int, Hop) bool) {
		for i := range h.n {
			if !yield(i, h.at(i)) {
				return
			}
		}
	}
}
