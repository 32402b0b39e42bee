package analysis

import "math/bits"

// slots is the bare part of a hash table: which entries may be the one that is looked
// for. What an entry is, and whether it is the one, is known to who asks. Growing and removing touch no
// entry: there are tens of thousands, and none of them in a cache.
type slots struct {
	array []slot // in a number that is a power of two
	used  int
}

// slot is the number of an entry and its hash; it is free if the number is 0.
type slot struct{ hash, number uint32 }

// hashOf gives the place of a key. It depends on a secret, so that nobody outside can
// make many keys fall on one place; nothing else does.
func hashOf(key uint64) uint32 {
	hi, lo := bits.Mul64(key^secret, 0x9e3779b97f4a7c15)
	return uint32(hi) ^ uint32(lo>>32)
}

// next gives the number of the next entry with hash, 0 if there are no more, and its place. The
// first place to ask about is hash itself, then the one after that which was given.
func (s *slots) next(hash uint32, from int) (number uint32, at int) {
	mask := len(s.array) - 1
	if mask < 0 {
		return 0, 0
	}
	for i := from & mask; ; i = (i + 1) & mask {
		if e := s.array[i]; e.number == 0 || e.hash == hash {
			return e.number, i
		}
	}
}

// full reports whether the next entry makes s grow.
func (s *slots) full() bool { return s.used >= len(s.array)/4*3 }

// add adds an entry.
func (s *slots) add(hash, number uint32) {
	if s.full() {
		s.grow()
	}
	s.used++
	s.place(slot{hash, number})
}

func (s *slots) place(e slot) {
	mask := len(s.array) - 1
	i := int(e.hash) & mask
	for s.array[i].number != 0 {
		i = (i + 1) & mask
	}
	s.array[i] = e
}

// grow doubles the number of slots.
func (s *slots) grow() {
	old := s.array
	s.array = make([]slot, max(64, 2*len(old)))
	for _, e := range old {
		if e.number != 0 {
			s.place(e)
		}
	}
}

// remove takes out the entry at a place. Those that had to give way to it move up.
func (s *slots) remove(at int) {
	mask := len(s.array) - 1
	s.used--
	for i := (at + 1) & mask; s.array[i].number != 0; i = (i + 1) & mask {
		home := int(s.array[i].hash) & mask
		if (i-home)&mask >= (i-at)&mask {
			s.array[at] = s.array[i]
			at = i
		}
	}
	s.array[at] = slot{}
}
