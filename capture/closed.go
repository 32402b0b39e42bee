package capture

import "time"

const (
	// lingerTime is how long a connection that was closed is remembered: as long
	// as a system keeps TIME_WAIT.
	lingerTime = int64(60 * time.Second)
	// lingerConns is how many of them are remembered, and closedCost what each costs:
	// itself and up to 4 slots of the table.
	lingerConns = 1 << 16
	closedCost  = 96
)

// closedTable remembers the last connections that FIN or RST closed, so that
// late packets of theirs do not look like new connections. Most packets do not
// need it: it is asked when a connection is not known.
type closedTable struct {
	slotTable
	slabs []*[slabConns]closedConn
	limit uint32 // how many there may be; 0 if memory is short
	turn  uint32 // number of the next, the oldest once there are limit of them; from 1
}

// closedConn is what is left of a connection.
type closedConn struct {
	key   flowKey
	at    int64     // when it closed
	first [2]uint32 // as Conn.First
	known [2]bool
	used  bool // it is remembered
}

func newClosedTable(limit uint32) closedTable {
	return closedTable{slotTable: newSlotTable(), limit: limit, turn: 1}
}

// at gives the entry of a number.
func (t *closedTable) at(n uint32) *closedConn { return &t.slabs[n/slabConns][n%slabConns] }

// add remembers c, which closed at the time now, in place of the oldest if there
// is no room.
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
	if e.used {
		t.forget(e)
	}
	*e = closedConn{key: c.key, at: now, used: true}
	for d := range Dir(2) {
		e.first[d], e.known[d] = c.First(d)
	}
	t.slotTable.add(c.key.hash, n)
}

// find gives what is known of key at the time now; nil if nothing is, or not any more.
func (t *closedTable) find(key *flowKey, now int64) *closedConn {
	mask := uint32(len(t.slots) - 1)
	for i := key.hash & mask; t.slots[i] != 0; i = (i + 1) & mask {
		if uint32(t.slots[i]>>32) != key.hash {
			continue
		}
		if e := t.at(uint32(t.slots[i])); e.key.same(key) {
			if now-e.at > lingerTime {
				t.forget(e)
				return nil
			}
			return e
		}
	}
	return nil
}

// forget takes e out.
func (t *closedTable) forget(e *closedConn) {
	mask := uint32(len(t.slots) - 1)
	i := e.key.hash & mask
	for uint32(t.slots[i]>>32) != e.key.hash || t.at(uint32(t.slots[i])) != e {
		i = (i + 1) & mask
	}
	t.slotTable.remove(i)
	e.used = false
}
