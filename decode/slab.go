package decode

// slab keeps values of one type in blocks and names them by a number from 1.
// A value never moves, and one that is freed is used again: a connection costs
// the value and four bytes in its capture.Conn.
type slab[T any] struct {
	blocks [][]T
	free   []uint32
	used   uint32
}

const slabBlock = 256

// take gives a zero value and its number.
func (s *slab[T]) take() (uint32, *T) {
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id, s.at(id)
	}
	if int(s.used) == len(s.blocks)*slabBlock {
		s.blocks = append(s.blocks, make([]T, slabBlock))
	}
	s.used++
	return s.used, s.at(s.used)
}

func (s *slab[T]) at(id uint32) *T {
	return &s.blocks[(id-1)/slabBlock][(id-1)%slabBlock]
}

// put frees value id.
func (s *slab[T]) put(id uint32) {
	var zero T
	*s.at(id) = zero
	s.free = append(s.free, id)
}
