package analysis

import "encoding/binary"

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
	slots  []chainSlot // hashed by key, in a number that is a power of two
	n      int
}

// chainSlot is the oldest of a chain: the number of a handshake in the window, 0 for a
// slot that is free, and a part of the hash of its key.
type chainSlot struct{ number, tag uint32 }

func newChains(k chainKind, w *window) chains { return chains{kind: k, window: w} }

// place gives the slot of key, or the free one where it would be.
func (c *chains) place(key uint64) (slot *chainSlot, tag uint32) {
	hash := mix(key, uint64(c.kind))
	tag = uint32(hash >> 32)
	for i := int(uint32(hash)); ; i++ {
		slot = &c.slots[i&(len(c.slots)-1)]
		if slot.number == 0 || slot.tag == tag && c.key(c.window.at(slot.number)) == key {
			return slot, tag
		}
	}
}

// oldest gives the first of the chain with this key, nil if there is none.
func (c *chains) oldest(key uint64) *handshakeState {
	if c.n == 0 {
		return nil
	}
	slot, _ := c.place(key)
	return c.window.at(slot.number)
}

// grow doubles the number of slots.
func (c *chains) grow() {
	old := c.slots
	c.slots = make([]chainSlot, max(64, 2*len(old)))
	for _, s := range old {
		if s.number != 0 {
			slot, _ := c.place(c.key(c.window.at(s.number)))
			*slot = s
		}
	}
}

// remove frees a slot. Those that had to give way to it move up.
func (c *chains) remove(slot *chainSlot, key uint64) {
	mask := len(c.slots) - 1
	at := int(uint32(mix(key, uint64(c.kind)))) & mask
	for &c.slots[at] != slot {
		at = (at + 1) & mask
	}
	c.n--
	for i := at; ; {
		c.slots[at] = chainSlot{}
		for i = (i + 1) & mask; ; i = (i + 1) & mask {
			if c.slots[i].number == 0 {
				return
			}
			home := int(uint32(mix(c.key(c.window.at(c.slots[i].number)), uint64(c.kind)))) & mask
			if (i-home)&mask >= (i-at)&mask {
				break
			}
		}
		c.slots[at] = c.slots[i]
		at = i
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

func (c *chains) next(h *handshakeState) *handshakeState { return h.facts().chain[c.kind].next }

// add makes h, which must be in none, the newest of its chain.
func (c *chains) add(h *handshakeState) {
	if c.n >= len(c.slots)/4*3 {
		c.grow()
	}
	slot, tag := c.place(c.key(h))
	first := c.window.at(slot.number)
	if first == nil {
		*slot = chainSlot{c.window.number(h), tag}
		c.n++
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
func (c *chains) others(h *handshakeState, k uint64) []*handshakeState {
	x := c.oldest(k)
	var out []*handshakeState
	for n := 0; x != nil && n < chainLimit; x, n = c.next(x), n+1 {
		if x != h && c.equal(h, x) {
			out = append(out, x)
		}
	}
	return out
}

// like gives the other members of the chain of h, oldest first.
func (c *chains) like(h *handshakeState) []*handshakeState {
	if c.alone(h) {
		return nil
	}
	return c.others(h, c.key(h))
}

// trim lets go of the oldest members of the chain of h as far as they may go.
// Members leave in about the order in which they came: one that stays at the
// head holds the later ones back until it goes.
func (c *chains) trim(h *handshakeState) {
	if c.n == 0 {
		return
	}
	k := c.key(h)
	slot, _ := c.place(k)
	first := c.window.at(slot.number)
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
		c.remove(slot, k)
	case x != first:
		slot.number = c.window.number(x)
	}
}
