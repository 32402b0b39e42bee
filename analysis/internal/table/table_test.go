package table

import (
	"math/rand/v2"
	"testing"
)

type tableEntry struct{ name, value uint64 }

// Key is the same for few of them, and of a low number of bits.
func (e tableEntry) Key() uint64 { return e.name }

// TestTable plays random calls on a table and on a map.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var got Table[tableEntry]
	want := map[uint64]tableEntry{}
	for i := range uint64(200_000) {
		e := tableEntry{name: 1 + rng.Uint64N(3000)<<(8*rng.UintN(7)), value: i}
		switch _, had := want[e.name]; {
		case rng.IntN(4) == 0:
			got.Set(e)
			want[e.name] = e
		case !had && rng.IntN(2) == 0:
			got.Add(e)
			want[e.name] = e
		}
		if v := got.Find(e.name); v != want[e.name] || got.Len() != len(want) {
			t.Fatalf("%d is %v of %d, want %v of %d", e.name, v, got.Len(), want[e.name], len(want))
		}
	}
	for _, e := range got.List() {
		if want[e.name] != e || got.Find(e.name) != e {
			t.Fatalf("%v is in the list, want %v", e, want[e.name])
		}
	}
}
