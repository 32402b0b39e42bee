package tcp

import (
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
	"ntlmtrace/internal/slots"
)

const (
	// lingerTime is how long a connection that was closed is remembered: as
	// long as a system keeps TIME_WAIT.
	lingerTime = int64(60 * time.Second)
	// lingerConns is how many of them are remembered, and closedCost what each
	// costs: itself and up to 4 slots of the table.
	lingerConns = 1 << 16
	closedCost  = 56
)

// closedTable remembers the last connections that FIN or RST closed, so that
// late packets of theirs do not look like new connections. Most packets do not
// need it: it is asked when a connection is not known.
type closedTable struct {
	slots slots.Table
	check packet.Hasher // a second one, for names
	slabs []*[slabConns]closedConn
	limit uint32 // how many there may be; 0 if memory is short
	turn  uint32 // number of the next, the oldest once there are limit of them; from 1
}

// closedConn is what is left of a connection. Its addresses and ports would
// take more than all the rest; in their place is a name of 61 bits, from two
// hashes with secrets. Once in 35 million million times another connection is
// found under its name, and it cannot be aimed at.
type closedConn struct {
	name  uint64    // the hash of its key, 29 bits of the second one, and the flags below
	at    int64     // when it closed
	first [2]uint32 // as Conn.First
}

// The flags of a closedConn.
const (
	closedKnown = 1 << 0 // first is known of direction 0; of direction 1 with the next bit
	closedUsed  = 1 << 2 // it is remembered
	closedFlags = 1<<3 - 1
)

// hash returns the hash of the key, which places the entry in the table.
func (e *closedConn) hash() uint32 { return uint32(e.name >> 32) }

// began reports whether direction d is known to have begun with sequence number
// seq.
func (e *closedConn) began(d capture.Dir, seq uint32) bool {
	return e.name&(closedKnown<<d) != 0 && e.first[d] == seq
}

// nameOf returns the name of key, without flags.
func (t *closedTable) nameOf(key *packet.FlowKey) uint64 {
	return uint64(key.Hash)<<32 | uint64(t.check.Hash(key))&^closedFlags
}

func newClosedTable(limit uint32) closedTable {
	return closedTable{check: packet.NewHasher(), limit: limit, turn: 1}
}

// at returns the entry of a number.
func (t *closedTable) at(n uint32) *closedConn { return &t.slabs[n/slabConns][n%slabConns] }

// add remembers c, which closed at the time now, in place of the oldest if the
// table is full.
func (t *closedTable) add(c *Conn, now int64) {
	if t.limit == 0 {
		return
	}
	n := t.turn
	t.turn = n%t.limit + 1
	if int(n/slabConns) == len(t.slabs) {
		t.slabs = append(t.slabs, new([slabConns]closedConn))
	}
	e := t.at(n)
	if e.name&closedUsed != 0 {
		t.forget(e)
	}
	*e = closedConn{name: t.nameOf(&c.key) | closedUsed, at: now}
	for d := range capture.Dir(2) {
		var known bool
		if e.first[d], known = c.First(d); known {
			e.name |= closedKnown << d
		}
	}
	t.slots.Add(c.key.Hash, n)
}

// find returns what is known of key at the time now; nil if nothing is, or not
// any more.
func (t *closedTable) find(key *packet.FlowKey, now int64) *closedConn {
	for at := int(key.Hash); ; at++ {
		var n uint32
		if n, at = t.slots.Next(key.Hash, at); n == 0 {
			return nil
		}
		if e := t.at(n); e.name&^closedFlags == t.nameOf(key) {
			if now-e.at > lingerTime {
				t.forget(e)
				return nil
			}
			return e
		}
	}
}

// forget takes e out.
func (t *closedTable) forget(e *closedConn) {
	hash := e.hash()
	n, at := t.slots.Next(hash, int(hash))
	for t.at(n) != e {
		n, at = t.slots.Next(hash, at+1)
	}
	t.slots.Remove(at)
	e.name = 0
}
