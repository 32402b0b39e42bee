package capture

// slotTable is an open-addressing hash table of numbers, which say where the
// entries are. It grows with the entries and does not shrink.
type slotTable struct {
	slots []uint64 // hash in the high half, number of the entry in the low one; 0 if free
	used  int
}

func newSlotTable() slotTable { return slotTable{slots: make([]uint64, 1<<10)} }

// add enters the number n, which is not 0, under hash.
func (t *slotTable) add(hash, n uint32) {
	if t.used*8 >= len(t.slots)*5 {
		t.grow()
	}
	t.used++
	t.place(uint64(hash)<<32 | uint64(n))
}

func (t *slotTable) place(s uint64) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(s>>32) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (t *slotTable) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	for _, s := range old {
		if s != 0 {
			t.place(s)
		}
	}
}

// slot gives the first slot where hash may be.
func (t *slotTable) slot(hash uint32) uint64 { return t.slots[hash&uint32(len(t.slots)-1)] }

// remove takes out the slot at i. Slots behind it move up, so no mark of a
// deleted slot is needed.
func (t *slotTable) remove(i uint32) {
	mask := uint32(len(t.slots) - 1)
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

// connTable finds the connection of a packet. The connections are in slabs and
// never move.
type connTable struct {
	slotTable
	slabs []*[slabConns]Conn
	fresh uint32 // the lowest number that was never used; numbers are from 1
	free  uint32 // number of a connection that is free, the first of a list; 0 if none
}

const (
	slabConns = 1024
	// connCost is what a connection costs: itself and 1.6 to 3.2 slots of the
	// table, or 4.8 while that grows.
	connCost = 160
)

func newConnTable() connTable { return connTable{slotTable: newSlotTable(), fresh: 1} }

// at gives the connection of a number below fresh.
func (t *connTable) at(n uint32) *Conn { return &t.slabs[n/slabConns][n%slabConns] }

// find gives the connection of key, nil if there is none.
func (t *connTable) find(key *flowKey) *Conn {
	mask := uint32(len(t.slots) - 1)
	for i := key.hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return nil
		}
		if uint32(s>>32) != key.hash {
			continue
		}
		if c := t.at(uint32(s)); c.key.same(key) {
			return c
		}
	}
}

// guess gives the first connection of a hash, nil if there is none. It does not look at
// the connection, which may be far away.
func (t *connTable) guess(hash uint32) *Conn {
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return nil
		}
		if uint32(s>>32) == hash {
			return t.at(uint32(s))
		}
	}
}

// is reports whether c, a place for a connection or nil, is that of key: a key has one
// at most, and a free place has none.
func (c *Conn) is(key *flowKey) bool { return c != nil && c.id != 0 && c.key.same(key) }

// add makes a connection for key, which must have none.
func (t *connTable) add(key *flowKey, id int64) *Conn {
	n := t.take()
	c := t.at(n)
	*c = Conn{key: *key, id: id}
	t.slotTable.add(key.hash, n)
	return c
}

// take gives the number of a free place in the slabs.
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
	mask := uint32(len(t.slots) - 1)
	i := c.key.hash & mask
	for uint32(t.slots[i]>>32) != c.key.hash || t.at(uint32(t.slots[i])) != c {
		i = (i + 1) & mask
	}
	n := uint32(t.slots[i])
	t.slotTable.remove(i)
	*c = Conn{backlog: t.free}
	t.free = n
}
