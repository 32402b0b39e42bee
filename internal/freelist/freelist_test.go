package freelist

import "testing"

type value struct {
	n int
	_ [100]byte
}

func TestList(t *testing.T) {
	var l List[value]
	a, b := l.Take(), l.Take()
	a.n, b.n = 1, 2
	l.Put(a)
	l.Put(b)
	if got := l.Take(); got != b || got.n != 2 {
		t.Error("the last value that was put is not the first that is taken, as it was left")
	}
	if l.Len() != 1 || l.Take() != a || l.Len() != 0 {
		t.Error("a value is lost")
	}
	var last *value
	for range 2 * most {
		last = &value{n: 3}
		l.Put(last)
	}
	if last.n != 0 {
		t.Error("a value that is not kept holds what it held")
	}
	if l.Len() != most {
		t.Errorf("%d values wait", l.Len())
	}
}
