package trace

import (
	"encoding/binary"

	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/internal/slots"
)

// ChainLimit bounds how far a chain is followed: a server with one challenge
// for all must not make the analysis quadratic.
const ChainLimit = 64

// chainKind is a respect in which handshakes can be equal.
type chainKind uint8

const (
	sameToken     chainKind = iota // AUTHENTICATE messages by their response
	SameChallenge                  // CHALLENGE messages by their nonce
	sameBasic                      // Basic credentials by user-id and password
	sameTime                       // CHALLENGE messages by MsvAvTimestamp

	chainKinds
)

// link joins a handshake to the others of its chain.
type link struct {
	next *Handshake // the next newer one
	last *Handshake // the newest, in the oldest one
}

// Chains holds chains of handshakes that are equal in one respect, or at least
// in 8 bytes of it, each chain oldest first. The links lie in the handshakes,
// so that a chain of one, the usual case, costs a slot and no more.
type Chains struct {
	kind   chainKind
	window *Window
	slots  slots.Table // the oldest of each chain, by its number in the window
}

// NewChains returns no chains yet, of handshakes in w that are equal in respect
// k.
func NewChains(k chainKind, w *Window) Chains { return Chains{kind: k, window: w} }

// look returns the oldest handshake of the chain with this key, nil if there is
// none, and its slot or the free one.
func (c *Chains) look(key uint64) (*Handshake, int) {
	hash := table.HashOf(key)
	for at := int(hash); ; at++ {
		var number uint32
		if number, at = c.slots.Next(hash, at); number == 0 {
			return nil, at
		}
		if h := c.window.At(number); c.key(h) == key {
			return h, at
		}
	}
}

// key returns what h is looked up by.
func (c *Chains) key(h *Handshake) uint64 {
	switch c.kind {
	case sameToken:
		return binary.LittleEndian.Uint64(h.Response[:])
	case SameChallenge:
		return binary.LittleEndian.Uint64(h.ServerChallenge[:])
	case sameBasic:
		return binary.LittleEndian.Uint64(h.Extra().Basic[:])
	}
	return h.IssuedAt
}

// equal reports whether two handshakes with one key are equal in all that it is
// made of.
func (c *Chains) equal(h, x *Handshake) bool {
	switch c.kind {
	case sameToken:
		return h.Response == x.Response
	case sameBasic:
		return h.Extra().Basic == x.Extra().Basic
	}
	return true
}

// gone reports whether h may be let go.
func (c *Chains) gone(h *Handshake) bool {
	if c.kind == sameToken {
		return h.Phase >= Forgotten
	}
	return h.Phase >= Expired
}

// after returns the next newer handshake of the chain of h, nil if there is
// none.
func (c *Chains) after(h *Handshake) *Handshake { return h.Extra().chain[c.kind].next }

// Add makes h, which must not be in a chain, the newest of its chain.
func (c *Chains) Add(h *Handshake) {
	first, _ := c.look(c.key(h))
	if first == nil {
		c.slots.Add(table.HashOf(c.key(h)), c.window.Number(h))
		return
	}
	first.Chained |= 1 << c.kind
	h.Chained |= 1 << c.kind
	head := &first.NeedExtra().chain[c.kind]
	if head.last == nil {
		head.next = h
	} else {
		head.last.NeedExtra().chain[c.kind].next = h
	}
	head.last = h
}

// alone reports whether h, which was added, has never had company in its chain.
func (c *Chains) alone(h *Handshake) bool { return h.Chained>>c.kind&1 == 0 }

// others returns the members of the chain with key k but for h, which need not
// be in it.
func (c *Chains) others(h *Handshake, k uint64) Others {
	x, _ := c.look(k)
	return Others{chains: c, than: h, at: x, left: ChainLimit}
}

// Like returns the other members of the chain of h.
func (c *Chains) Like(h *Handshake) Others {
	if c.alone(h) {
		return Others{}
	}
	return c.others(h, c.key(h))
}

// Others iterates over the members of a chain but for one, oldest first,
// ChainLimit at most. The zero value has none.
type Others struct {
	chains *Chains
	than   *Handshake // the one that is left out
	at     *Handshake // the next one to be looked at
	left   int
}

// Next returns the next of them, nil if there is none.
func (o *Others) Next() *Handshake {
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

// Trim forgets the oldest members of the chain of h, as far as they may go.
// Members leave in about the order in which they came: one that stays at the
// head holds the later ones back until it goes.
func (c *Chains) Trim(h *Handshake) {
	first, at := c.look(c.key(h))
	if first == nil {
		return
	}
	x := first
	for x != nil && c.gone(x) {
		if x.extra == nil {
			x = nil
			break
		}
		l := &x.extra.chain[c.kind]
		next, last := l.next, l.last
		*l = link{}
		if x = next; x != nil && last != x {
			x.NeedExtra().chain[c.kind].last = last
		}
	}
	switch {
	case x == nil:
		c.slots.Remove(at)
	case x != first:
		c.slots.Set(at, c.window.Number(x))
	}
}
