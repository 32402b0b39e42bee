package tcp

import (
	"ntlmtrace/capture/packet"
	"ntlmtrace/internal/slots"
)

// connTable finds the connection of a packet. The connections are in slabs and
// never move.
type connTable struct {
	slots slots.Table
	slabs []*[slabConns]Conn
	fresh uint32 // the lowest number that was never used; numbers are from 1
	free  uint32 // number of a connection that is free, the first of a list; 0 if none
}

const (
	slabConns = 1024
	// connCost is what a connection costs: itself and 1.3 to 2.7 slots of the
	// table, or 4 while that grows.
	connCost = 160
)

func newConnTable() connTable { return connTable{fresh: 1} }

// at returns the connection of a number below fresh.
func (t *connTable) at(n uint32) *Conn { return &t.slabs[n/slabConns][n%slabConns] }

// find returns the connection of key, nil if there is none.
func (t *connTable) find(key *packet.FlowKey) *Conn {
	for at := int(key.Hash); ; at++ {
		var n uint32
		if n, at = t.slots.Next(key.Hash, at); n == 0 {
			return nil
		}
		if c := t.at(n); c.key.Same(key) {
			return c
		}
	}
}

// hasKey reports whether c, a place for a connection or nil, is that of key: a
// key has one at most, and a free place has none.
func (c *Conn) hasKey(key *packet.FlowKey) bool { return c != nil && c.id != 0 && c.key.Same(key) }

// add makes a connection for key, which must have none.
func (t *connTable) add(key *packet.FlowKey, id int64) *Conn {
	n := t.take()
	c := t.at(n)
	*c = Conn{key: *key, id: id}
	t.slots.Add(key.Hash, n)
	return c
}

// take returns the number of a free place in the slabs.
func (t *connTable) take() uint32 {
	if n := t.free; n != 0 {
		t.free = t.at(n).backlog
		return n
	}
	n := t.fresh
	t.fresh++
	if int(n/slabConns) == len(t.slabs) {
		t.slabs = append(t.slabs, new([slabConns]Conn))
	}
	return n
}

// remove frees the place of c.
func (t *connTable) remove(c *Conn) {
	n, at := t.slots.Next(c.key.Hash, int(c.key.Hash))
	for t.at(n) != c {
		n, at = t.slots.Next(c.key.Hash, at+1)
	}
	t.slots.Remove(at)
	*c = Conn{backlog: t.free}
	t.free = n
}
