package analysis

import (
	"math/rand/v2"
	"testing"
)

type tableEntry struct{ name, value uint64 }

// key is the same for few of them, and of a low number of bits.
func (e tableEntry) key() uint64 { return e.name }

// TestTable plays random calls on a table and on a map.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var got table[tableEntry]
	want := map[uint64]tableEntry{}
	for i := range uint64(200_000) {
		e := tableEntry{name: 1 + rng.Uint64N(3000)<<(8*rng.UintN(7)), value: i}
		switch _, had := want[e.name]; {
		case rng.IntN(4) == 0:
			got.set(e)
			want[e.name] = e
		case !had && rng.IntN(2) == 0:
			got.add(e)
			want[e.name] = e
		}
		if v := got.find(e.name); v != want[e.name] || got.len() != len(want) {
			t.Fatalf("%d is %v of %d, want %v of %d", e.name, v, got.len(), want[e.name], len(want))
		}
	}
	for _, e := range got.list {
		if want[e.name] != e || got.find(e.name) != e {
			t.Fatalf("%v is in the list, want %v", e, want[e.name])
		}
	}
}
