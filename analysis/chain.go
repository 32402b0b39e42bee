package analysis

import (
	"encoding/binary"

	"ntlmtrace/internal/slots"
)

// chainLimit bounds how far a chain is followed: a server with one challenge
// for all must not make the analysis quadratic.
const chainLimit = 64

// chainKind is a respect in which handshakes can be equal.
type chainKind uint8

const (
	sameToken     chainKind = iota // AUTHENTICATE messages by their response
	sameChallenge                  // CHALLENGE messages by their nonce
	sameBasic                      // Basic credentials by user-id and password
	sameTime                       // CHALLENGE messages by MsvAvTimestamp

	chainKinds
)

// link joins a handshake to the others of its chain.
type link struct {
	next *handshakeState // the next newer one
	last *handshakeState // the newest, in the oldest one
}

// chains holds handshakes that are equal in one respect, or at least by 8 bytes of it, each
// chain oldest first. The links lie in the handshakes, so that a chain of one,
// the usual case, costs a slot and no more.
type chains struct {
	kind   chainKind
	window *window
	slots  slots.Table // the oldest of each chain, by its number in the window
}

func newChains(k chainKind, w *window) chains { return chains{kind: k, window: w} }

// look gives the oldest of the chain with this key and its place, nil if there is none.
func (c *chains) look(key uint64) (*handshakeState, int) {
	hash := hashOf(key)
	for at := int(hash); ; at++ {
		var number uint32
		if number, at = c.slots.Next(hash, at); number == 0 {
			return nil, at
		}
		if h := c.window.at(number); c.key(h) == key {
			return h, at
		}
	}
}

// key gives that of h.
func (c *chains) key(h *handshakeState) uint64 {
	switch c.kind {
	case sameToken:
		return binary.LittleEndian.Uint64(h.response[:])
	case sameChallenge:
		return binary.LittleEndian.Uint64(h.challenge[:])
	case sameBasic:
		return binary.LittleEndian.Uint64(h.facts().basic[:])
	}
	return h.issuedAt
}

// equal reports whether two handshakes with one key are equal in all of what it stands for.
func (c *chains) equal(h, x *handshakeState) bool {
	switch c.kind {
	case sameToken:
		return h.response == x.response
	case sameBasic:
		return h.facts().basic == x.facts().basic
	}
	return true
}

// gone reports whether h may be let go.
func (c *chains) gone(h *handshakeState) bool {
	if c.kind == sameToken {
		return h.gone
	}
	return h.left
}

func (c *chains) after(h *handshakeState) *handshakeState { return h.facts().chain[c.kind].next }

// add makes h, which must be in none, the newest of its chain.
func (c *chains) add(h *handshakeState) {
	first, _ := c.look(c.key(h))
	if first == nil {
		c.slots.Add(hashOf(c.key(h)), c.window.number(h))
		return
	}
	first.chained |= 1 << c.kind
	h.chained |= 1 << c.kind
	head := &first.own().chain[c.kind]
	if head.last == nil {
		head.next = h
	} else {
		head.last.own().chain[c.kind].next = h
	}
	head.last = h
}

// alone reports whether h, which was added, has never had company in its chain.
func (c *chains) alone(h *handshakeState) bool { return h.chained>>c.kind&1 == 0 }

// others gives the members of the chain of h with key k, which h itself need not be in.
func (c *chains) others(h *handshakeState, k uint64) others {
	x, _ := c.look(k)
	return others{chains: c, than: h, at: x, left: chainLimit}
}

// like gives the other members of the chain of h.
func (c *chains) like(h *handshakeState) others {
	if c.alone(h) {
		return others{}
	}
	return c.others(h, c.key(h))
}

// others are the members of a chain but for one, oldest first, chainLimit at most. The zero value is none.
type others struct {
	chains *chains
	than   *handshakeState // the one that is left out
	at     *handshakeState // the next one to be looked at
	left   int
}

// next gives the next of them, nil if there is none.
func (o *others) next() *handshakeState {
	for o.at != nil && o.left > 0 {
		x := o.at
		o.at = o.chains.after(x)
		o.left--
		if x != o.than && o.chains.equal(o.than, x) {
			return x
		}
	}
	return nil
}

// trim lets go of the oldest members of the chain of h as far as they may go.
// Members leave in about the order in which they came: one that stays at the
// head holds the later ones back until it goes.
func (c *chains) trim(h *handshakeState) {
	first, at := c.look(c.key(h))
	if first == nil {
		return
	}
	x := first
	for x != nil && c.gone(x) {
		if x.rare == nil {
			x = nil
			break
		}
		l := &x.rare.chain[c.kind]
		next, last := l.next, l.last
		*l = link{}
		if x = next; x != nil && last != x {
			x.own().chain[c.kind].last = last
		}
	}
	switch {
	case x == nil:
		c.slots.Remove(at)
	case x != first:
		c.slots.Set(at, c.window.number(x))
	}
}
