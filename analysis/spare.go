package analysis

// spare keeps values that are over for the next use: what comes and goes with
// each request costs no memory anew.
type spare[T any] struct{ list []*T }

// maxSpare bounds what waits to be used again.
const maxSpare = 1024

// take gives a value as put left it, or a new one.
func (s *spare[T]) take() *T {
	n := len(s.list)
	if n == 0 {
		return new(T)
	}
	v := s.list[n-1]
	s.list = s.list[:n-1]
	return v
}

// put takes back a value that nothing points to any more.
func (s *spare[T]) put(v *T) {
	if len(s.list) < maxSpare {
		s.list = append(s.list, v)
	}
}
