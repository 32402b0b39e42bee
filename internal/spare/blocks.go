package spare

import "unsafe"

// blockBytes is about how large a block of values is: a size that the allocator has.
const blockBytes = 4 << 10

// Blocks makes values many at a time, next to each other: there are fewer pieces of memory to
// be found and looked after. Whoever holds one value of a block keeps all of
// them, so it is for values that come and go together. The zero value is empty.
type Blocks[T any] struct{ rest []T }

// Next gives a zero value that nobody was given before.
func (b *Blocks[T]) Next() *T {
	if len(b.rest) == 0 {
		var zero T
		b.rest = make([]T, max(1, blockBytes/max(1, int(unsafe.Sizeof(zero)))))
	}
	v := &b.rest[0]
	b.rest = b.rest[1:]
	return v
}
