package analysis

import (
	"math/rand/v2"
	"testing"
)

// TestTable plays random calls on a table and on a map.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var got table[int]
	want := map[uint64]*int{}
	for range 200_000 {
		key := rng.Uint64N(3000)
		switch v := new(int); rng.IntN(4) {
		case 0:
			had := got.add(key, v)
			if had != want[key] {
				t.Fatalf("add(%d) gave %p, want %p", key, had, want[key])
			}
			if had == nil {
				want[key] = v
			}
		case 1:
			got.set(key, v)
			want[key] = v
		case 2:
			got.remove(key)
			delete(want, key)
		}
		if v := got.find(key); v != want[key] || got.len() != len(want) {
			t.Fatalf("%d is %p of %d, want %p of %d", key, v, got.len(), want[key], len(want))
		}
	}
	for key := range uint64(3000) {
		if v := got.find(key); v != want[key] {
			t.Fatalf("%d is %p, want %p", key, v, want[key])
		}
	}
}
