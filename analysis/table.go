package analysis

import (
	"hash/maphash"
	"math/bits"
	"net/netip"

	"ntlmtrace/internal/slots"
)

// table finds entries by the 64 bits that stand for what they are known by. It does
// what a map does, in half of the time and of the memory: each new connection is looked up
// in several, and most of what is looked up is new.
type table[T keyed] struct {
	slots slots.Table
	list  []T // in the order in which they were added; the numbers in slots are from 1
}

// keyed is what a table can hold. The key of an entry must not change.
type keyed interface{ key() uint64 }

// secret differs from run to run.
var secret = maphash.Comparable(maphash.MakeSeed(), 0) | 1

// mix makes one number of two that tells nothing of either.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^secret, b^0x9e3779b97f4a7c15)
	return hi ^ lo
}

// hashOf gives the place of a key. It depends on a secret, so that nobody outside can
// make many keys fall on one place; nothing else does.
func hashOf(key uint64) uint32 {
	hi, lo := bits.Mul64(key^secret, 0x9e3779b97f4a7c15)
	return uint32(hi) ^ uint32(lo>>32)
}

// addrKey gives the key of an address: two of them with one key would take
// somebody who knows the secret. No packet tells an IPv4 address from the same one as ::ffff:a.b.c.d.
func addrKey(a netip.Addr) uint64 {
	b := a.As16()
	return ipKey(&b)
}

func ipKey(ip *[16]byte) uint64 { return mix(word(ip[:8]), word(ip[8:])) }

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func (t *table[T]) len() int { return len(t.list) }

// find gives the entry with key, the zero value if there is none.
func (t *table[T]) find(key uint64) (v T) {
	if at := t.look(key); at >= 0 {
		return t.list[at]
	}
	return v
}

// look gives the place in the list of the entry with key; -1 if there is none.
func (t *table[T]) look(key uint64) int {
	hash := hashOf(key)
	for at := int(hash); ; at++ {
		var number uint32
		if number, at = t.slots.Next(hash, at); number == 0 || t.list[number-1].key() == key {
			return int(number) - 1
		}
	}
}

// add adds v, whose key none of the entries may have.
func (t *table[T]) add(v T) {
	t.list = push(t.list, v)
	t.slots.Add(hashOf(v.key()), uint32(len(t.list)))
}

// set adds v, in place of the entry with its key if there is one.
func (t *table[T]) set(v T) {
	if at := t.look(v.key()); at >= 0 {
		t.list[at] = v
		return
	}
	t.add(v)
}

// push appends v. append alone would allocate five times what it keeps in the end, for it
// makes long lists longer by a quarter only.
func push[T any](list []T, v T) []T {
	if len(list) == cap(list) {
		list = append(make([]T, 0, max(32, 2*len(list))), list...)
	}
	return append(list, v)
}
