package capture

// connTable finds the connection of a packet: an open-addressing table of
// slots of 8 bytes over slabs of connections, which never move. It grows with
// the connections that are open and does not shrink.
type connTable struct {
	slots []uint64 // hash in the high half, number of the connection in the low one; 0 if free
	slabs [][]Conn
	used  int
	fresh uint32 // the lowest number that was never used; numbers are from 1
	free  uint32 // number of a connection that is free, the first of a list; 0 if none
}

const (
	slabConns = 1024
	// connCost is what a connection costs: itself and 1.6 to 3.2 slots of the
	// table, or 4.8 while that grows.
	connCost = 160
)

func newConnTable() connTable {
	return connTable{slots: make([]uint64, 1<<10), fresh: 1}
}

// at gives the connection of a number below fresh.
func (t *connTable) at(n uint32) *Conn { return &t.slabs[n/slabConns][n%slabConns] }

// find gives the connection of key, nil if there is none.
func (t *connTable) find(key *flowKey, hash uint32) *Conn {
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return nil
		}
		if uint32(s>>32) != hash {
			continue
		}
		if c := t.at(uint32(s)); c.key == *key {
			return c
		}
	}
}

// add makes a connection for key, which must have none.
func (t *connTable) add(key *flowKey, hash uint32, id int64) *Conn {
	if t.used*8 >= len(t.slots)*5 {
		t.grow()
	}
	n := t.number()
	c := t.at(n)
	*c = Conn{key: *key, hash: hash, id: id}
	t.place(uint64(hash)<<32 | uint64(n))
	t.used++
	return c
}

// number gives the number of a free slot of the slabs.
func (t *connTable) number() uint32 {
	if n := t.free; n != 0 {
		t.free = t.at(n).backlog
		return n
	}
	n := t.fresh
	t.fresh++
	if int(n/slabConns) == len(t.slabs) {
		t.slabs = append(t.slabs, make([]Conn, slabConns))
	}
	return n
}

func (t *connTable) place(s uint64) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(s>>32) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (t *connTable) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	for _, s := range old {
		if s != 0 {
			t.place(s)
		}
	}
}

// remove frees c. Slots behind it move up, so no mark of a deleted slot is needed.
func (t *connTable) remove(c *Conn) {
	mask := uint32(len(t.slots) - 1)
	i := c.hash & mask
	for t.slots[i] == 0 || uint32(t.slots[i]>>32) != c.hash || t.at(uint32(t.slots[i])) != c {
		i = (i + 1) & mask
	}
	n := uint32(t.slots[i])
	*c = Conn{backlog: t.free}
	t.free = n
	t.used--
	for j := (i + 1) & mask; t.slots[j] != 0; j = (j + 1) & mask {
		home := uint32(t.slots[j]>>32) & mask
		if (j-home)&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = 0
}
