package analysis

// queue is a first-in, first-out list in a ring: what leaves it makes room for
// what comes.
type queue[T any] struct {
	ring []T // of a length that is a power of two
	at   int // place of the oldest
	n    int
}

func (q *queue[T]) len() int { return q.n }

// first gives the oldest; there must be one.
func (q *queue[T]) first() *T { return &q.ring[q.at] }

// item gives number i, from the oldest, which is 0.
func (q *queue[T]) item(i int) *T { return &q.ring[(q.at+i)&(len(q.ring)-1)] }

func (q *queue[T]) add(v T) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.at+q.n)&(len(q.ring)-1)] = v
	q.n++
}

// grow doubles the room.
func (q *queue[T]) grow() {
	ring := make([]T, max(16, 2*len(q.ring)))
	n := copy(ring, q.ring[q.at:])
	copy(ring[n:], q.ring[:q.at])
	q.ring, q.at = ring, 0
}

// take removes and gives the oldest; there must be one.
func (q *queue[T]) take() T {
	var zero T
	v := q.ring[q.at]
	q.ring[q.at] = zero
	q.at = (q.at + 1) & (len(q.ring) - 1)
	q.n--
	return v
}

// push adds v, in place of the oldest if there are limit of them, which it then gives.
func (q *queue[T]) push(v T, limit int) (old T, full bool) {
	if full = q.n >= limit; full {
		old = q.take()
	}
	q.add(v)
	return old, full
}
