package analysis

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
)

// table finds values by 64 bits that stand for what they have in common. It does
// what a map does, in half of the time: each new connection is looked up
// in several, and most of what is looked up is new. Where a value is placed depends on a
// secret, so that nobody outside can make many fall on one place; nothing else does.
type table[T any] struct {
	keys   []uint64
	values []*T // nil where there is none
	n      int
}

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

// place gives where key is, or where it would be.
func (t *table[T]) place(key uint64) int {
	mask := len(t.values) - 1
	i := int(mix(key, 0)>>1) & mask
	for t.values[i] != nil && t.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func (t *table[T]) len() int { return t.n }

// find gives the value of key, nil if there is none.
func (t *table[T]) find(key uint64) *T {
	if t.n == 0 {
		return nil
	}
	return t.values[t.place(key)]
}

// add gives the value of key if there is one, else it makes v the value of key.
func (t *table[T]) add(key uint64, v *T) (had *T) {
	if t.n >= len(t.values)/4*3 {
		t.grow()
	}
	i := t.place(key)
	if had = t.values[i]; had == nil {
		t.keys[i], t.values[i] = key, v
		t.n++
	}
	return had
}

// set makes v the value of key, whatever it was.
func (t *table[T]) set(key uint64, v *T) {
	if t.add(key, v) != nil {
		t.values[t.place(key)] = v
	}
}

func (t *table[T]) grow() {
	old := *t
	size := max(64, 2*len(old.values))
	t.keys, t.values = make([]uint64, size), make([]*T, size)
	for i, v := range old.values {
		if v != nil {
			at := t.place(old.keys[i])
			t.keys[at], t.values[at] = old.keys[i], v
		}
	}
}

// remove forgets the value of key. Those that had to give way to it move up.
func (t *table[T]) remove(key uint64) {
	if t.n == 0 {
		return
	}
	i := t.place(key)
	if t.values[i] == nil {
		return
	}
	t.n--
	mask := len(t.values) - 1
	for hole := i; ; {
		t.values[hole] = nil
		for i = (i + 1) & mask; ; i = (i + 1) & mask {
			if t.values[i] == nil {
				return
			}
			home := int(mix(t.keys[i], 0)>>1) & mask
			if (i-home)&mask >= (i-hole)&mask {
				break
			}
		}
		t.keys[hole], t.values[hole] = t.keys[i], t.values[i]
		hole = i
	}
}
