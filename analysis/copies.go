package analysis

import (
	"cmp"
	"hash/maphash"
	"net/netip"

	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
	"ntlmtrace/internal/slots"
)

// copies knows connections that were captured twice: on two taps, or on both
// sides of a device that forwards packets and may change their addresses. A
// proxy ends a connection and opens another one, with sequence numbers of its
// own; a copy has the sequence numbers of its original, and the same content.
type copies struct {
	young, old originals
	most       int // in each of them
}

// originals are connections by which their copies are known.
type originals struct {
	slots slots.Table
	conns []*trace.Conn // the numbers in slots are from 1
}

// look returns the index in conns of the connection of which conn, with this
// hash, is a copy, or which it is again; -1 if there is none. Beside the hash,
// what it was made of must be equal, as far as it is kept.
func (o *originals) look(hash uint32, conn *trace.Conn) int {
	for at := int(hash); ; at++ {
		var number uint32
		if number, at = o.slots.Next(hash, at); number == 0 || mayCopy(o.conns[number-1], conn) {
			return int(number) - 1
		}
	}
}

// mayCopy reports whether two connections have first sequence numbers in common
// or, where these are not known, their ends: of what is not known each tap may
// have seen another part.
func mayCopy(conn, o *trace.Conn) bool {
	switch {
	case conn.KnownFirst != o.KnownFirst:
		return false
	case conn.KnownFirst:
		return conn.First == o.First
	}
	return sameEnds(conn, o)
}

// sameEnds reports whether two connections are between the same ports of the
// same addresses.
func sameEnds(conn, o *trace.Conn) bool {
	return conn.ClientAddr() == o.ClientAddr() && conn.ServerAddr() == o.ServerAddr()
}

var endsSeed = maphash.MakeSeed()

// copyKeyOf hashes what a connection, whose first exchange is x, and its copies
// have in common: their first sequence numbers, and the first message that was
// reported. Where the numbers are not known, the addresses have to do, so that
// only another tap can have a copy.
func copyKeyOf(conn *trace.Conn, x *auth.Exchange) uint64 {
	key := x.Conn.Digest
	if conn.KnownFirst {
		return table.Mix(key, uint64(conn.First[0])<<32|uint64(conn.First[1]))
	}
	return table.Mix(key, maphash.Comparable(endsSeed, [2]netip.AddrPort{x.Conn.Client, x.Conn.Server}))
}

// newCopies returns a memory of at most most connections, young and old each.
func newCopies(most int) *copies { return &copies{most: most} }

// find returns the connection of which conn, whose first exchange is x, is a
// copy. If there is none, it remembers conn as the original and returns nil.
func (c *copies) find(conn *trace.Conn, x *auth.Exchange) *trace.Conn {
	hash := table.HashOf(copyKeyOf(conn, x))
	var first *trace.Conn
	at := c.young.look(hash, conn)
	if at >= 0 {
		first = c.young.conns[at]
	} else if old := c.old.look(hash, conn); old >= 0 {
		first = c.old.conns[old]
	}
	switch {
	case first != nil && (first.Source != conn.Source || !sameEnds(first, conn)):
		return first
	case at >= 0:
		c.young.conns[at] = conn
		return nil
	case len(c.young.conns) == c.most:
		c.young, c.old = originals{}, c.young
	}
	c.young.conns = table.Push(c.young.conns, conn)
	c.young.slots.Add(hash, uint32(len(c.young.conns)))
	return nil
}

// seenFirst reports whether conn, whose facts are c, began earlier than the
// connection o that it is a copy of, and o may still take its place. Behind a
// NAT each packet is seen at one end before it is at the other, an answer the
// other way round than a request: which sight is reported first depends on what
// the connection begins with, and one client would be two.
func seenFirst(conn *trace.Conn, c *auth.Conn, o *trace.Conn) bool {
	return o.Fresh() && !sameEnds(conn, o) && cmp.Or(
		cmp.Compare(c.Start.Time, o.Auth.Start.Time), cmp.Compare(c.Source, o.Auth.Source), cmp.Compare(c.ID, o.Auth.ID)) < 0
}

// takePlace makes o, which has a copy conn with the facts c, the state of c, and
// conn that of the copy.
func (a *Analysis) takePlace(conn *trace.Conn, c *auth.Conn, o *trace.Conn) {
	hop, open, watched := o.Hop, o.OpenConn, o.Watched
	open.Auth.Attach(conn)
	c.Attach(o)
	*o, *conn = *conn, *o
	conn.Hop, conn.OpenConn, conn.Watched = nil, nil, false
	open.Auth = c
	o.Hop, o.OpenConn, o.Watched = hop, open, watched
	a.ix.MoveConn(o, a.ix.Hop(o.Client, o.Server, o.ServerPort))
}
