package recent

import "testing"

func TestMapForgetsTheOldest(t *testing.T) {
	m := New[int, string](3)
	for i, s := range []string{"a", "b", "c", "d"} {
		m.Set(i, s)
	}
	if m.Has(0) || m.Get(1) != "b" || m.Get(3) != "d" || m.Len() != 3 {
		t.Errorf("%v is held, want the last three", m.values)
	}
	m.Set(1, "B") // no new key: nothing is forgotten
	if m.Get(1) != "B" || m.Len() != 3 {
		t.Errorf("%v is held after a change", m.values)
	}
	m.Delete(2)
	m.Set(4, "e")
	if m.Has(2) || !m.Has(3) || !m.Has(4) {
		t.Errorf("%v is held after a deletion", m.values)
	}
}

func TestMapIsBounded(t *testing.T) {
	m := New[int, int](100)
	for i := range 100_000 {
		m.Set(i, i)
		if i%3 == 0 {
			m.Delete(i - 1)
		}
		if m.Len() > 100 || len(m.order) > 100 {
			t.Fatalf("%d keys after %d", m.Len(), i)
		}
	}
}
