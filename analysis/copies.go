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
	seen  map[uint64]*leg // by the hash of a copyKey
	order []*leg          // as remembered, oldest first
}

// copyKey is what a connection and its copies have in common. Where the first
// sequence numbers are not known, the addresses have to do, so that only
// another tap can have a copy.
type copyKey struct {
	first          [2]uint32
	head           uint64 // of the first message that was given
	client, server netip.AddrPort
}

var headSeed = maphash.MakeSeed()

func copyKeyOf(x *decode.Exchange) copyKey {
	head := x.Request.Head
	if len(head) == 0 {
		head = x.Response.Head
	}
	k := copyKey{head: maphash.Bytes(headSeed, head)}
	if x.Conn.KnownFirst {
		k.first = x.Conn.First
	} else {
		k.client, k.server = x.Conn.Client, x.Conn.Server
	}
	return k
}

// maxCopies bounds how many connections are remembered to find copies of them.
const maxCopies = 1 << 16

func newCopies() *copies { return &copies{seen: map[uint64]*leg{}} }

// find reports whether l, whose first exchange is x, is a copy, or else
// remembers l as the first.
func (c *copies) find(l *leg, x *decode.Exchange) bool {
	l.key = maphash.Comparable(headSeed, copyKeyOf(x))
	switch first := c.seen[l.key]; {
	case first == nil:
	case first.conn.Source != l.conn.Source, first.conn.Client != l.conn.Client, first.conn.Server != l.conn.Server:
		return true
	}
	c.seen[l.key] = l
	c.order = append(c.order, l)
	if len(c.order) > maxCopies {
		if old := c.order[0]; c.seen[old.key] == old {
			delete(c.seen, old.key)
		}
		c.order[0] = nil
		c.order = c.order[1:]
	}
	return false
}
