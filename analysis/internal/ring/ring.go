// Package ring is a first-in, first-out list that reuses its memory: what
// leaves it frees a slot for what comes.
package ring

// Queue is the list. Its zero value is empty.
type Queue[T any] struct {
	slots []T // of a length that is a power of two
	at    int // place of the oldest
	n     int
}

// Len returns how many values there are.
func (q *Queue[T]) Len() int { return q.n }

// First returns the oldest; there must be one.
func (q *Queue[T]) First() *T { return &q.slots[q.at] }

// Item returns number i, from the oldest, which is 0.
func (q *Queue[T]) Item(i int) *T { return &q.slots[(q.at+i)&(len(q.slots)-1)] }

// Add appends v.
func (q *Queue[T]) Add(v T) {
	if q.n == len(q.slots) {
		q.grow()
	}
	q.slots[(q.at+q.n)&(len(q.slots)-1)] = v
	q.n++
}

// grow doubles the capacity.
func (q *Queue[T]) grow() {
	slots := make([]T, max(16, 2*len(q.slots)))
	n := copy(slots, q.slots[q.at:])
	copy(slots[n:], q.slots[:q.at])
	q.slots, q.at = slots, 0
}

// Take removes and returns the oldest; there must be one.
func (q *Queue[T]) Take() T {
	var zero T
	v := q.slots[q.at]
	q.slots[q.at] = zero
	q.at = (q.at + 1) & (len(q.slots) - 1)
	q.n--
	return v
}

// Push adds v, in place of the oldest if there are limit of them, which it then
// returns.
func (q *Queue[T]) Push(v T, limit int) (old T, full bool) {
	if full = q.n >= limit; full {
		old = q.Take()
	}
	q.Add(v)
	return old, full
}
