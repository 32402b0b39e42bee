package analysis

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
)

// table finds entries by the 64 bits that stand for what they are known by. It does
// what a map does, in half of the time and of the memory: each new connection is looked up
// in several, and most of what is looked up is new. A slot has the number of an entry and a part of the
// hash of its key, so that an entry is touched only if it is, nearly for sure, the one. Where it is
// placed depends on a secret, so that nobody outside can make many fall on one place;
// nothing else does.
type table[T keyed] struct {
	slots []tableSlot // in a number that is a power of two
	list  []T         // in the order in which they were added
}

// keyed is what a table can hold. The key of an entry must not change.
type keyed interface{ key() uint64 }

// tableSlot is the number of an entry in the list, from 1; 0 if the slot is free.
type tableSlot struct{ tag, number uint32 }

// secret differs from run to run.
var secret = maphash.Comparable(maphash.MakeSeed(), 0) | 1

// mix makes one number of two that tells nothing of either.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^secret, b^0x9e3779b97f4a7c15)
	return hi ^ lo
}

// addrKey gives the key of an address: two of them with one key would take
// somebody who knows the secret.
func addrKey(a netip.Addr) uint64 {
	b := a.As16()
	return mix(mix(word(b[:8]), word(b[8:])), uint64(a.BitLen()))
}

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// slot gives where key is, or where it would be, and its tag.
func (t *table[T]) slot(key uint64) (at *tableSlot, tag uint32) {
	hash := mix(key, 0)
	tag = uint32(hash >> 32)
	for i := int(uint32(hash)); ; i++ {
		at = &t.slots[i&(len(t.slots)-1)]
		if at.number == 0 || at.tag == tag && t.list[at.number-1].key() == key {
			return at, tag
		}
	}
}

func (t *table[T]) len() int { return len(t.list) }

// find gives the entry with key, the zero value if there is none.
func (t *table[T]) find(key uint64) (v T) {
	if len(t.list) == 0 {
		return v
	}
	if at, _ := t.slot(key); at.number != 0 {
		return t.list[at.number-1]
	}
	return v
}

// add adds v, whose key none of the entries may have.
func (t *table[T]) add(v T) {
	if len(t.list) >= len(t.slots)/4*3 {
		t.grow()
	}
	at, tag := t.slot(v.key())
	t.list = append(t.list, v)
	*at = tableSlot{tag, uint32(len(t.list))}
}

// set adds v, in place of the entry with its key if there is one.
func (t *table[T]) set(v T) {
	if len(t.list) > 0 {
		if at, _ := t.slot(v.key()); at.number != 0 {
			t.list[at.number-1] = v
			return
		}
	}
	t.add(v)
}

// grow doubles the number of slots, and the room for entries with it: append alone
// would allocate five times what it keeps in the end.
func (t *table[T]) grow() {
	t.slots = make([]tableSlot, max(64, 2*len(t.slots)))
	t.list = append(make([]T, 0, len(t.slots)/4*3), t.list...)
	for i, v := range t.list {
		at, tag := t.slot(v.key())
		*at = tableSlot{tag, uint32(i + 1)}
	}
}
