package analysis

import (
	"hash/maphash"
	"net/netip"

	"ntlmtrace/decode"
)

// copies knows connections that were captured twice: on two taps, or on both
// sides of a device that forwards packets and may change their addresses. A
// proxy ends a connection and opens another one, with sequence numbers of its
// own; a copy has the sequence numbers of its original, and says the same.
type copies struct {
	young, old table[original]
	most       int // in each of them
}

// original is a connection by which its copies are known.
type original struct {
	name uint64 // see copyKeyOf
	leg  *leg
}

func (o original) key() uint64 { return o.name }

var headSeed = maphash.MakeSeed()

// copyKeyOf hashes what a connection, whose first exchange is x, and its copies
// have in common: their first sequence numbers, and the first message that was
// given. Where the numbers are not known, the addresses have to do, so that only
// another tap can have a copy.
func copyKeyOf(l *leg, x *decode.Exchange) uint64 {
	head := x.Request.Head
	if len(head) == 0 {
		head = x.Response.Head
	}
	key := maphash.Bytes(headSeed, head)
	if l.knownFirst {
		return mix(key, uint64(l.first[0])<<32|uint64(l.first[1]))
	}
	return mix(key, maphash.Comparable(headSeed, [2]netip.AddrPort{x.Conn.Client, x.Conn.Server}))
}

func newCopies(most int) *copies { return &copies{most: most} }

// find reports whether l, whose first exchange is x, is a copy, or else
// remembers l as the first.
func (c *copies) find(l *leg, x *decode.Exchange) bool {
	key := copyKeyOf(l, x)
	first := c.old.find(key).leg
	if x := c.young.find(key).leg; x != nil {
		first = x
	}
	if first != nil && (first.source != l.source || first.client != l.client || first.server != l.server ||
		first.clientPort != l.clientPort || first.serverPort != l.serverPort) {
		return true
	}
	if c.young.len() == c.most {
		c.young, c.old = table[original]{}, c.young
	}
	c.young.set(original{key, l})
	return false
}
