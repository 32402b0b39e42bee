package spare

import "testing"

type value struct {
	n int
	_ [100]byte
}

func TestBlocks(t *testing.T) {
	var b Blocks[value]
	seen := map[*value]bool{}
	for i := range 1000 {
		v := b.Next()
		if seen[v] || v.n != 0 {
			t.Fatalf("value %d was given before", i)
		}
		seen[v], v.n = true, i+1
	}
	if a := testing.AllocsPerRun(1000, func() { b.Next() }); a >= 1 {
		t.Errorf("%v allocations for each value", a)
	}
}

func TestBlocksOfLargeValues(t *testing.T) {
	var b Blocks[[3 * blockBytes]byte]
	if first, second := b.Next(), b.Next(); first == second {
		t.Error("one value was given twice")
	}
}

func TestBlocksOfNothing(t *testing.T) {
	var b Blocks[struct{}]
	for range 2 * blockBytes {
		b.Next()
	}
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
