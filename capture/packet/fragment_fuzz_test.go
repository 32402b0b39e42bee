package packet

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"ntlmtrace/capture/internal/assigned"
)

// FuzzFragments cuts a segment into fragments that overlap, come in any order
// and more than once, and wants it back.
func FuzzFragments(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(1), false)
	f.Add(uint64(2), uint16(1480), uint8(3), true)
	f.Add(uint64(3), uint16(65000), uint8(200), false)
	f.Add(uint64(4), uint16(29), uint8(1), true)
	f.Fuzz(func(t *testing.T, seed uint64, size uint16, blocks uint8, ipv6 bool) {
		whole := longSegment(t, 32+int(size)%65000)
		shards := shatter(rand.New(rand.NewPCG(seed, 0)), len(whole), max(int(blocks), len(whole)/8/200))
		d := NewDecoder()
		var s TCP
		found := 0
		for _, shard := range shards {
			p := shard.IPv4(whole, assigned.ProtoTCP, 5)
			if ipv6 {
				p = shard.IPv6(whole, assigned.ProtoTCP, 5)
			}
			if d.Decode(p, &s) {
				found++
				if !bytes.Equal(s.Payload, whole[20:]) {
					t.Fatal("not the segment that was sent")
				}
			}
		}
		if found == 0 {
			t.Errorf("no segment; not decoded: %v", d.NotDecoded())
		}
	})
}

// shatter covers size bytes with shards of about so many blocks of 8 bytes,
// some of which overlap or come twice, and mixes them.
func shatter(r *rand.Rand, size, blocks int) []shard {
	var out []shard
	for at := 0; at < size; {
		n := min((1+r.IntN(2*blocks+1))*8, 65000)
		from := max(0, at-r.IntN(3)*8)
		s := piece(from, at+n-from)
		if s.Offset+s.Size >= size {
			s.Size, s.Last = size-s.Offset, true
		}
		if s.Offset == 0 && s.Last {
			s.Size, s.Last = size/16*8, false // the whole would be no fragment
		}
		at = s.Offset + s.Size
		out = append(out, s)
		if r.IntN(8) == 0 {
			out = append(out, s)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
