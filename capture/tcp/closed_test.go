package tcp

import "testing"

// closedConnOf is a connection as it closed: its key, and the first sequence
// number of direction 0.
func closedConnOf(port uint16, first uint32) *Conn {
	c := &Conn{key: talkKey(port)}
	c.key.Hash = uint32(port) % 4 // so that some share a place
	c.half[0].beginAt(first, halfSYN)
	return c
}

func TestClosedTable(t *testing.T) {
	const limit = 2500 // more than two slabs
	table := newClosedTable(limit)
	find := func(port uint16, now int64) *closedConn {
		k := closedConnOf(port, 0).key
		return table.find(&k, now)
	}
	for port := range uint16(3000) {
		table.add(closedConnOf(port, 100+uint32(port)), int64(port))
		if table.slots.Len() > limit {
			t.Fatalf("%d remembered, want at most %d", table.slots.Len(), limit)
		}
	}
	if e := find(499, 3000); e != nil {
		t.Error("499 is remembered: more than the limit came after it")
	}
	e := find(500, 3000)
	if e == nil || !e.began(0, 600) || e.began(0, 601) || e.began(1, 0) {
		t.Fatalf("500 gives %+v, want its first sequence number, 600", e)
	}
	table.forget(e)
	if find(500, 3000) != nil || find(501, 3000) == nil || find(2999, 3000) == nil {
		t.Error("500 was to be forgotten, and no other")
	}
	if find(501, 501+lingerTime) == nil || find(501, 502+lingerTime) != nil || find(501, 501) != nil {
		t.Error("501 was to be forgotten after its time")
	}
	if table.slots.Len() != limit-2 {
		t.Errorf("%d remembered, want %d", table.slots.Len(), limit-2)
	}
	for port := range uint16(3000) {
		table.add(closedConnOf(10000+port, 1), 5000)
	}
	if table.slots.Len() != limit || find(2999, 5000) != nil || find(12999, 5000) == nil {
		t.Errorf("%d remembered, want the last %d", table.slots.Len(), limit)
	}
}

func TestClosedTableWithoutRoom(t *testing.T) {
	table := newClosedTable(0)
	c := closedConnOf(1, 1)
	table.add(c, 1)
	if table.find(&c.key, 1) != nil {
		t.Error("a connection is remembered in a table of no size")
	}
}
