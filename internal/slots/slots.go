// Package slots is the bare part of a hash table: which entries may be the one that is
// looked for. What an entry is, and whether it is the one, is known to who asks.
package slots

// Table holds the numbers of entries, each under a hash of 32 bits. It grows with the entries
// and does not shrink. Growing and removing touch no entry: there may be a million,
// and none of them in a cache. The zero value is empty.
//
// Hashes must not be in the hands of who makes up the entries: many with one place would
// make the table slow.
type Table struct {
	slots []uint64 // hash in the high half, number of the entry in the low one; 0 if free. In a number that is a power of two
	used  int
}

// least is how many slots the smallest table has.
const least = 64

// Len gives how many entries there are.
func (t *Table) Len() int { return t.used }

// Size gives the bytes that the table takes.
func (t *Table) Size() int { return 8 * len(t.slots) }

// Next gives the number of the next entry with this hash and its place; 0 if there are no
// more. The first place to look at is the hash itself, then the one after that which was
// given:
//
//	for at := int(hash); ; at++ {
//		if number, at = t.Next(hash, at); number == 0 || isTheOne(number) {
//			break
//		}
//	}
func (t *Table) Next(hash uint32, from int) (number uint32, at int) {
	mask := uint(len(t.slots) - 1)
	for i := uint(from) & mask; i < uint(len(t.slots)); i = (i + 1) & mask {
		if s := t.slots[i]; s == 0 || uint32(s>>32) == hash {
			return uint32(s), int(i)
		}
	}
	return 0, 0 // there are none
}

// Touch loads the slot where an entry with this hash would be first, so that it is in a cache when it is
// asked for. What it gives means nothing.
func (t *Table) Touch(hash uint32) uint64 {
	if i := uint(hash) & uint(len(t.slots)-1); i < uint(len(t.slots)) {
		return t.slots[i]
	}
	return 0 // there are none
}

// Add enters an entry, whose number is not 0.
func (t *Table) Add(hash, number uint32) {
	if t.used >= len(t.slots)/4*3 {
		t.grow()
	}
	t.used++
	t.place(uint64(hash)<<32 | uint64(number))
}

func (t *Table) place(s uint64) {
	mask := len(t.slots) - 1
	i := int(uint32(s>>32)) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]uint64, max(least, 2*len(old)))
	for _, s := range old {
		if s != 0 {
			t.place(s)
		}
	}
}

// Set gives the entry at a place, which has one, another number.
func (t *Table) Set(at int, number uint32) {
	t.slots[at] = t.slots[at]>>32<<32 | uint64(number)
}

// Remove takes out the entry at a place. Those behind it move up, so that no mark of it is
// needed.
func (t *Table) Remove(at int) {
	mask := len(t.slots) - 1
	t.used--
	for i := (at + 1) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		home := int(uint32(t.slots[i]>>32)) & mask
		if (i-home)&mask >= (i-at)&mask {
			t.slots[at] = t.slots[i]
			at = i
		}
	}
	t.slots[at] = 0
}

// Drop empties the table and gives its memory to who has another use for it: more
// words than there were entries.
func (t *Table) Drop() []uint64 {
	s := t.slots
	*t = Table{}
	return s
}
