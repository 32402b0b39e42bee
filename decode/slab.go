package decode

// slab keeps values of one type in blocks and names them by a number from 1.
// A value never moves, and one that is freed is used again: a connection costs
// the value and four bytes in its tcp.Conn. Values that are free are a list through
// themselves: a million connections that end at once must not cost memory.
type slab[T any, P slabValue[T]] struct {
	blocks [][]T
	free   uint32 // the first of those that are free; 0 if none is
	used   uint32
}

// slabValue is a value that has a number of its own to lend while it is free.
type slabValue[T any] interface {
	*T
	link() *uint32
}

const slabBlock = 256

// take gives a zero value and its number.
func (s *slab[T, P]) take() (uint32, *T) {
	if id := s.free; id != 0 {
		v := s.at(id)
		next := P(v).link()
		s.free, *next = *next, 0
		return id, v
	}
	if int(s.used) == len(s.blocks)*slabBlock {
		s.blocks = append(s.blocks, make([]T, slabBlock))
	}
	s.used++
	return s.used, s.at(s.used)
}

func (s *slab[T, P]) at(id uint32) *T {
	return &s.blocks[(id-1)/slabBlock][(id-1)%slabBlock]
}

// put frees value id.
func (s *slab[T, P]) put(id uint32) {
	var zero T
	v := s.at(id)
	*v = zero
	*P(v).link() = s.free
	s.free = id
}
