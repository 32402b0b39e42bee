package analysis

import (
	"encoding/binary"
	"math/rand/v2"
	"ntlmtrace/analysis/trace"
	"slices"
	"testing"
)

// TestChains lets handshakes with few challenges come and leave in order, and holds
// the chains to a list of those that have not left.
func TestChains(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a := New(Options{}, Output{})
		l := &trace.Conn{Client: &trace.Host{}, Server: &trace.Host{}}
		l.Hop = &trace.Hop{Client: l.Client, Server: l.Server}
		c := trace.NewChains(trace.SameChallenge, &a.window)
		var there []*trace.Handshake // oldest first
		keys := 1 + rng.Uint64N(300)
		for range 3000 {
			if rng.IntN(5) < 3 {
				h := a.window.Add(l)
				binary.LittleEndian.PutUint64(h.ServerChallenge[:], rng.Uint64N(keys))
				c.Add(h)
				there = append(there, h)
			} else if len(there) > 0 {
				h := there[0]
				there = there[1:]
				h.Reach(trace.Expired)
				c.Trim(h)
				a.window.Inside--
				a.window.LetGo(h)
			}
			if len(there) == 0 {
				continue
			}
			h := there[rng.IntN(len(there))]
			var want []*trace.Handshake
			for _, x := range there {
				if x != h && x.ServerChallenge == h.ServerChallenge {
					want = append(want, x)
				}
			}
			var got []*trace.Handshake
			others := c.Like(h)
			for x := others.Next(); x != nil; x = others.Next() {
				got = append(got, x)
			}
			if len(want) < trace.ChainLimit && !slices.Equal(got, want) {
				t.Fatalf("seed %d: %d others with the challenge, want %d", seed, len(got), len(want))
			}
		}
		held := 0
		for i := range a.window.Slabs.Len() {
			held += (*a.window.Slabs.Item(i)).Held
		}
		if held != len(there) {
			t.Errorf("seed %d: %d handshakes are held, want %d", seed, held, len(there))
		}
	}
}
