// Package slab keeps values of one type in blocks and names them by a number.
package slab

// Slab names values by numbers from 1. A value never moves, and one that is
// freed is used again: a connection costs the value and four bytes in its
// tcp.Conn. Values that are free are a list through themselves: a million
// connections that end at once must not cost memory. The zero value is empty.
type Slab[T any, P Value[T]] struct {
	blocks [][]T
	free   uint32 // the first of those that are free; 0 if none is
	used   uint32
}

// Value is a value that lends a number of its own while it is free.
type Value[T any] interface {
	*T
	Link() *uint32
}

const blockSize = 256

// Take returns a zero value and its number.
func (s *Slab[T, P]) Take() (uint32, *T) {
	if id := s.free; id != 0 {
		v := s.At(id)
		next := P(v).Link()
		s.free, *next = *next, 0
		return id, v
	}
	if int(s.used) == len(s.blocks)*blockSize {
		s.blocks = append(s.blocks, make([]T, blockSize))
	}
	s.used++
	return s.used, s.At(s.used)
}

// At returns the value with number id.
func (s *Slab[T, P]) At(id uint32) *T {
	return &s.blocks[(id-1)/blockSize][(id-1)%blockSize]
}

// Put frees the value with number id.
func (s *Slab[T, P]) Put(id uint32) {
	var zero T
	v := s.At(id)
	*v = zero
	*P(v).Link() = s.free
	s.free = id
}

// Used returns the highest number that was ever taken.
func (s *Slab[T, P]) Used() uint32 { return s.used }

// Free returns how many values up to Used are free.
func (s *Slab[T, P]) Free() (n int) {
	for id := s.free; id != 0; id = *P(s.At(id)).Link() {
		n++
	}
	return n
}
