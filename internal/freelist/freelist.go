// Package freelist recycles values, so that per-message state does not
// allocate.
package freelist

// List holds values that wait to be used again. The zero value is empty.
type List[T any] struct {
	list []*T
	few  []T // that were made, and not used yet
}

// together is how many values are made together. They are few, for one that
// waits keeps all of them.
const together = 4

// most is how many values wait in a list: more are hardly ever in use at once.
const most = 1024

// Len returns how many values wait.
func (l *List[T]) Len() int { return len(l.list) }

// Take returns a value as Put left it, or a new one.
func (l *List[T]) Take() *T {
	n := len(l.list)
	if n == 0 {
		if len(l.few) == 0 {
			l.few = make([]T, together)
		}
		v := &l.few[0]
		l.few = l.few[1:]
		return v
	}
	v := l.list[n-1]
	l.list = l.list[:n-1]
	return v
}

// Put takes back a value that nothing points to any more.
func (l *List[T]) Put(v *T) {
	if len(l.list) == most {
		var zero T
		*v = zero // others may keep it in memory, and not what it holds
		return
	}
	l.list = append(l.list, v)
}
