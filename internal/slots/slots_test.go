package slots

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTable plays random calls on a Table and on a map of lists. The hashes are few, so
// that many entries have one, and lie where the array ends and begins.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var s Table
	want := map[uint32][]uint32{}
	used := 0
	look := func(hash uint32) (numbers []uint32, places []int) {
		for at := int(hash); ; at++ {
			var number uint32
			if number, at = s.Next(hash, at); number == 0 {
				return numbers, places
			}
			numbers, places = append(numbers, number), append(places, at)
		}
	}
	for number := uint32(1); number < 100_000; number++ {
		hash := 0xffffffe0 + uint32(rng.IntN(64))
		numbers, places := look(hash)
		slices.Sort(numbers)
		if !slices.Equal(numbers, want[hash]) {
			t.Fatalf("%x has %v, want %v", hash, numbers, want[hash])
		}
		if len(places) > 0 && rng.IntN(2) == 0 {
			at := places[rng.IntN(len(places))]
			want[hash] = slices.DeleteFunc(want[hash], func(n uint32) bool { return n == uint32(s.slots[at]) })
			s.Remove(at)
			used--
		} else if used < 500 {
			s.Add(hash, number)
			want[hash] = append(want[hash], number)
			used++
		}
		if s.Len() != used {
			t.Fatalf("%d are used, want %d", s.Len(), used)
		}
	}
}
