package extract

import "ntlmtrace/capture/packet"

// ways is how many flows share one place of the table.
const ways = 8

// flow is what is known of a connection, or of a datagram in fragments.
type flow struct {
	id   packet.FlowID
	used uint64 // turn of its last packet

	kept  bool // it carries authentication: its packets are written
	over  bool // nothing more will be known of it: its packets are not held
	ended bool // a FIN or RST was seen, or it was said to be over
	begun bool // a packet of it was written

	head  uint64 // number of its oldest packet in the ring; 0 if none is
	tail  uint64 // number of the newest
	early int64  // packets that had left the ring before it was known whether they are wanted
	body  int64  // bytes of a body that were not wanted since the last ones that were
}

// flowTable holds a fixed number of flows. Flows with one place in it push each
// other out, those that are written last: however many come, it does not grow,
// and a flow costs a look at 8 others at most.
type flowTable struct {
	tags  []uint32 // hashes of the flows, 0 for none
	flows []flow
	mask  uint32
}

// newFlowTable makes a table of n flows, a power of two.
func newFlowTable(n int) flowTable {
	return flowTable{tags: make([]uint32, n), flows: make([]flow, n), mask: uint32(n/ways - 1)}
}

// tag is the hash as the table holds it.
func tag(hash uint32) uint32 { return hash | 1<<31 }

// find returns the number of the flow called id, and whether it is there.
func (t *flowTable) find(id *packet.FlowID) (uint32, bool) {
	hash := id.Hash()
	first := hash & t.mask * ways
	want := tag(hash)
	for i, have := range t.tags[first : first+ways] {
		if n := first + uint32(i); have == want && t.flows[n].id.Same(id) {
			return n, true
		}
	}
	return 0, false
}

// add returns the number of a place for the flow called id, which is not there.
// Lost is true if a flow had to go whose packets are written.
func (t *flowTable) add(id *packet.FlowID) (n uint32, lost bool) {
	first := id.Hash() & t.mask * ways
	n = first
	for i := first; i < first+ways; i++ {
		if t.tags[i] == 0 {
			n = i
			break
		}
		a, b := &t.flows[i], &t.flows[n]
		if pa, pb := a.pinned(), b.pinned(); pa != pb && pb || pa == pb && a.used < b.used {
			n = i
		}
	}
	lost = t.tags[n] != 0 && t.flows[n].pinned()
	t.tags[n] = tag(id.Hash())
	t.flows[n] = flow{id: *id}
	return n, lost
}

// pinned reports whether f stays as long as others can go.
func (f *flow) pinned() bool { return f.kept && !f.ended }

// reset makes f a connection of which nothing is known.
func (f *flow) reset() { *f = flow{id: f.id, used: f.used} }
