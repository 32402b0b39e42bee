// Package table finds entries by the 64 bits that stand for what they are known
// by. It does what a map does, in half of the time and of the memory: each new
// connection is looked up in several tables, and most of what is looked up is
// new.
//
//	key --HashOf--> slots.Table --number--> list of entries
package table

import (
	"hash/maphash"
	"math/bits"
	"net/netip"

	"ntlmtrace/internal/slots"
)

// Table holds entries in the order in which they were added. Its zero value is
// empty.
type Table[T Keyed] struct {
	slots slots.Table
	list  []T // the numbers in slots are from 1
}

// Keyed is what a table can hold. The key of an entry must not change.
type Keyed interface{ Key() uint64 }

// secret differs from run to run.
var secret = maphash.Comparable(maphash.MakeSeed(), 0) | 1

// Mix returns one number made of two, from which neither can be found.
func Mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^secret, b^0x9e3779b97f4a7c15)
	return hi ^ lo
}

// HashOf returns the hash of a key. It depends on a secret, so that nobody
// outside can make many keys fall on one slot; nothing else does.
func HashOf(key uint64) uint32 {
	hi, lo := bits.Mul64(key^secret, 0x9e3779b97f4a7c15)
	return uint32(hi) ^ uint32(lo>>32)
}

// AddrKey returns the key of an address: two of them with one key would take
// somebody who knows the secret. No packet tells an IPv4 address from the same
// one as ::ffff:a.b.c.d.
func AddrKey(a netip.Addr) uint64 {
	b := a.As16()
	return BytesKey(&b)
}

// BytesKey returns the key of an address in 16 bytes.
func BytesKey(ip *[16]byte) uint64 { return Mix(word(ip[:8]), word(ip[8:])) }

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Len returns how many entries there are.
func (t *Table[T]) Len() int { return len(t.list) }

// List returns the entries in the order in which they were added. It is the
// table's own.
func (t *Table[T]) List() []T { return t.list }

// Find returns the entry with key, the zero value if there is none.
func (t *Table[T]) Find(key uint64) (v T) {
	if at := t.at(key); at >= 0 {
		return t.list[at]
	}
	return v
}

// at returns the place in the list of the entry with key; -1 if there is none.
func (t *Table[T]) at(key uint64) int {
	hash := HashOf(key)
	for at := int(hash); ; at++ {
		var number uint32
		if number, at = t.slots.Next(hash, at); number == 0 || t.list[number-1].Key() == key {
			return int(number) - 1
		}
	}
}

// Add adds v, whose key none of the entries may have.
func (t *Table[T]) Add(v T) {
	t.list = Push(t.list, v)
	t.slots.Add(HashOf(v.Key()), uint32(len(t.list)))
}

// Set adds v, in place of the entry with its key if there is one.
func (t *Table[T]) Set(v T) {
	if at := t.at(v.Key()); at >= 0 {
		t.list[at] = v
		return
	}
	t.Add(v)
}

// Push appends v. append alone would allocate five times what it keeps in the
// end, for it makes long lists longer by a quarter only.
func Push[T any](list []T, v T) []T {
	if len(list) == cap(list) {
		list = append(make([]T, 0, max(32, 2*len(list))), list...)
	}
	return append(list, v)
}
