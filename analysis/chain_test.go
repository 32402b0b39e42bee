package analysis

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestChains lets handshakes with few challenges come and leave in order, and holds
// the chains to a list of those that have not left.
func TestChains(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a := New(Options{}, Output{})
		l := &leg{client: &host{}, server: &host{}}
		l.hop = &hopState{client: l.client, server: l.server}
		c := newChains(sameChallenge, &a.window)
		var there []*handshakeState // oldest first
		keys := 1 + rng.Uint64N(300)
		for range 3000 {
			if rng.IntN(5) < 3 {
				h := a.newHandshake(l)
				binary.LittleEndian.PutUint64(h.challenge[:], rng.Uint64N(keys))
				c.add(h)
				there = append(there, h)
			} else if len(there) > 0 {
				h := there[0]
				there = there[1:]
				h.left = true
				c.trim(h)
				a.window.inside--
				a.window.letGo(h)
			}
			if len(there) == 0 {
				continue
			}
			h := there[rng.IntN(len(there))]
			var want []*handshakeState
			for _, x := range there {
				if x != h && x.challenge == h.challenge {
					want = append(want, x)
				}
			}
			var got []*handshakeState
			others := c.like(h)
			for x := others.next(); x != nil; x = others.next() {
				got = append(got, x)
			}
			if len(want) < chainLimit && !slices.Equal(got, want) {
				t.Fatalf("seed %d: %d others with the challenge, want %d", seed, len(got), len(want))
			}
		}
		held := 0
		for i := range a.window.slabs.len() {
			held += (*a.window.slabs.item(i)).held
		}
		if held != len(there) {
			t.Errorf("seed %d: %d handshakes are held, want %d", seed, held, len(there))
		}
	}
}

// TestQueue plays random calls on a queue and on a slice.
func TestQueue(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var q queue[int]
	var want []int
	for i := range 20000 {
		switch {
		case rng.IntN(2) == 0:
			q.add(i)
			want = append(want, i)
		case rng.IntN(8) == 0:
			old, full := q.push(i, 40)
			if full != (len(want) >= 40) || full && old != want[0] {
				t.Fatalf("push gave %d, %t", old, full)
			}
			if full {
				want = want[1:]
			}
			want = append(want, i)
		case len(want) > 0:
			if got := q.take(); got != want[0] {
				t.Fatalf("took %d, want %d", got, want[0])
			}
			want = want[1:]
		}
		if q.len() != len(want) || len(want) > 0 && (*q.first() != want[0] || *q.item(len(want) - 1) != want[len(want)-1]) {
			t.Fatalf("%d values, want %d", q.len(), len(want))
		}
	}
}
