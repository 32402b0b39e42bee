// Package recent remembers a bounded number of facts, the latest ones: the
// memory that a rule keeps must not grow with the capture.
package recent

import "iter"

// Map holds values by key. When it is full, the key that was added first is
// forgotten. Its zero value holds nothing: see New.
type Map[K comparable, V any] struct {
	values map[K]V
	order  []K // as added; a key that was deleted may still be in it
	next   int // of order: the place to be used next
	most   int
}

// New returns a Map of at most most keys.
func New[K comparable, V any](most int) *Map[K, V] {
	return &Map[K, V]{values: map[K]V{}, most: most}
}

// Get returns the value of k, the zero value if there is none.
func (m *Map[K, V]) Get(k K) V { return m.values[k] }

// Has reports whether k has a value.
func (m *Map[K, V]) Has(k K) bool {
	_, ok := m.values[k]
	return ok
}

// Len returns how many keys there are.
func (m *Map[K, V]) Len() int { return len(m.values) }

// All returns the keys and their values, in the order in which they were added.
// A key may be deleted meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		given := map[K]bool{}
		for i := range m.order {
			k := m.order[i]
			if len(m.order) == m.most {
				k = m.order[(m.next+i)%m.most]
			}
			if v, ok := m.values[k]; ok && !given[k] && !yield(k, v) {
				return
			}
			given[k] = true
		}
	}
}

// Delete forgets k.
func (m *Map[K, V]) Delete(k K) { delete(m.values, k) }

// Set sets the value of k to v.
func (m *Map[K, V]) Set(k K, v V) {
	if _, ok := m.values[k]; ok {
		m.values[k] = v
		return
	}
	if len(m.order) < m.most {
		m.order = append(m.order, k)
	} else {
		delete(m.values, m.order[m.next])
		m.order[m.next] = k
		m.next = (m.next + 1) % m.most
	}
	m.values[k] = v
}
