package analysis

// chainLimit bounds how far a chain is followed: a server with one challenge
// for all must not make the analysis quadratic.
const chainLimit = 64

// chains holds handshakes that are equal in one respect, each chain oldest
// first. The links lie in the handshakes, so that a chain of one, the usual
// case, costs a map entry and no more.
type chains[K comparable] struct {
	ends map[K]ends
	next func(*Handshake) **Handshake // where a handshake keeps its link
	gone func(*Handshake) bool        // whether it may be let go
}

type ends struct{ first, last *Handshake }

func newChains[K comparable](next func(*Handshake) **Handshake, gone func(*Handshake) bool) chains[K] {
	return chains[K]{ends: map[K]ends{}, next: next, gone: gone}
}

func (c *chains[K]) add(k K, h *Handshake) {
	e := c.ends[k]
	if e.last == nil {
		e.first = h
	} else {
		*c.next(e.last) = h
	}
	e.last = h
	c.ends[k] = e
}

// others gives the members of a chain except h.
func (c *chains[K]) others(k K, h *Handshake) []*Handshake {
	e := c.ends[k]
	if e.first == h && e.last == h {
		return nil
	}
	var out []*Handshake
	for x, n := e.first, 0; x != nil && n < chainLimit; x, n = *c.next(x), n+1 {
		if x != h {
			out = append(out, x)
		}
	}
	return out
}

// trim lets go of the oldest members as far as they may go.
// Members leave in about the order in which they came: one that stays at the
// head holds the later ones back until it goes.
func (c *chains[K]) trim(k K) {
	e, ok := c.ends[k]
	if !ok {
		return
	}
	for e.first != nil && c.gone(e.first) {
		x := e.first
		e.first, *c.next(x) = *c.next(x), nil
	}
	if e.first == nil {
		delete(c.ends, k)
	} else {
		c.ends[k] = e
	}
}
