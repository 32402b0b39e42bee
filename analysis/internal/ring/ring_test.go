package ring

import (
	"math/rand/v2"
	"testing"
)

// TestQueue plays random calls on a queue and on a slice.
func TestQueue(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var q Queue[int]
	var want []int
	for i := range 20000 {
		switch {
		case rng.IntN(2) == 0:
			q.Add(i)
			want = append(want, i)
		case rng.IntN(8) == 0:
			old, full := q.Push(i, 40)
			if full != (len(want) >= 40) || full && old != want[0] {
				t.Fatalf("push gave %d, %t", old, full)
			}
			if full {
				want = want[1:]
			}
			want = append(want, i)
		case len(want) > 0:
			if got := q.Take(); got != want[0] {
				t.Fatalf("took %d, want %d", got, want[0])
			}
			want = want[1:]
		}
		if q.Len() != len(want) || len(want) > 0 && (*q.First() != want[0] || *q.Item(len(want) - 1) != want[len(want)-1]) {
			t.Fatalf("%d values, want %d", q.Len(), len(want))
		}
	}
}
