package packet

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

type shard = packettest.Fragment

var piece, last = packettest.Part, packettest.LastPart

// longSegment makes a TCP segment of the size.
func longSegment(t testing.TB, size int) []byte {
	b := packettest.Hex(t, tcpHi)[:20]
	for i := len(b); i < size; i++ {
		b = append(b, byte(i*7))
	}
	return b
}

func TestFragments(t *testing.T) {
	whole := longSegment(t, 60)
	for _, test := range []struct {
		name   string
		shards []shard
		done   bool // the last shard completes the datagram
	}{
		{"in order", []shard{piece(0, 24), piece(24, 24), last(48, 12)}, true},
		{"last first", []shard{last(48, 12), piece(24, 24), piece(0, 24)}, true},
		{"first in the middle", []shard{last(48, 12), piece(0, 24), piece(24, 24)}, true},
		{"TCP header in two", []shard{piece(0, 8), last(8, 52)}, true},
		{"twice", []shard{piece(0, 24), piece(0, 24), last(24, 36)}, true},
		{"last twice", []shard{last(24, 36), last(24, 36), piece(0, 24)}, true},
		{"overlap behind", []shard{piece(0, 24), last(16, 44)}, true},
		{"overlap before", []shard{last(16, 44), piece(0, 24)}, true},
		{"overlap of all", []shard{piece(8, 8), piece(24, 8), piece(40, 8), last(0, 60)}, false},
		{"fills two holes", []shard{piece(8, 8), last(24, 36), piece(0, 32)}, true},
		{"hole", []shard{piece(0, 24), last(48, 12)}, false},
		{"no first", []shard{piece(24, 24), last(48, 12)}, false},
		{"no last", []shard{piece(0, 24), piece(24, 24)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, ipv6 := range []bool{false, true} {
				d := NewDecoder()
				var s TCP
				done := false
				for i, shard := range test.shards {
					if shard.Offset == 0 && shard.Last {
						shard.Last = false // else it is no fragment
						shard.Size = 56
					}
					p := shard.IPv4(whole, assigned.ProtoTCP, 5)
					if ipv6 {
						p = shard.IPv6(whole, assigned.ProtoTCP, 5)
					}
					p.Frame = int64(i + 1)
					if done = d.Decode(p, &s); done && i != len(test.shards)-1 {
						t.Fatalf("done with shard %d", i)
					}
				}
				if done != test.done {
					t.Fatalf("done %v, want %v; not decoded: %v", done, test.done, d.NotDecoded())
				}
				if !done {
					checkWaiting(t, d, len(test.shards))
					continue
				}
				if !bytes.Equal(s.Payload, whole[20:]) || s.Frame != int64(len(test.shards)) || !s.HasID || s.ID != 5 {
					t.Errorf("IPv6 %v: payload %x frame %d id %v %d", ipv6, s.Payload, s.Frame, s.HasID, s.ID)
				}
				checkWaiting(t, d, 0)
			}
		})
	}
}

// checkWaiting checks that n fragments are held and reported, and that nothing
// is left when there are none.
func checkWaiting(t *testing.T, d *Decoder, n int) {
	t.Helper()
	if got := d.NotDecoded()[reasonTexts[fragmentsMissing]]; got != int64(n) {
		t.Errorf("%d fragments wait, want %d", got, n)
	}
	f := &d.fragments
	if n == 0 && (f.cost != 0 || len(f.byKey) != 0 || f.order.Len() != 0) {
		t.Errorf("%d bytes in %d datagrams are left", f.cost, len(f.byKey))
	}
}

func TestFirstBytesOfOverlapAreKept(t *testing.T) {
	first, second := longSegment(t, 60), longSegment(t, 60)
	for i := 20; i < len(second); i++ {
		second[i] = 0xff
	}
	d := NewDecoder()
	var s TCP
	d.Decode(piece(16, 24).IPv4(first, assigned.ProtoTCP, 5), &s)
	d.Decode(piece(0, 48).IPv4(second, assigned.ProtoTCP, 5), &s)
	if !d.Decode(last(32, 28).IPv4(second, assigned.ProtoTCP, 5), &s) {
		t.Fatal("no segment")
	}
	want := slices.Concat(first[20:40], second[40:])
	if !bytes.Equal(s.Payload, want) {
		t.Errorf("payload %x, want %x", s.Payload, want)
	}
}

func TestFragmentsNotDecoded(t *testing.T) {
	whole := longSegment(t, 600)
	cut := piece(0, 24).IPv4(whole, assigned.ProtoTCP, 5)
	cut.Data = cut.Data[:40]
	huge := piece(0, 24).IPv4(whole, assigned.ProtoTCP, 5)
	huge.Data[6], huge.Data[7] = 0x3f, 0xff
	for _, test := range []struct {
		name    string
		packets []*capture.Packet
		want    map[reason]int64
	}{
		{"size not a multiple of 8", []*capture.Packet{piece(0, 23).IPv4(whole, assigned.ProtoTCP, 5)}, map[reason]int64{malformedFragment: 1}},
		{"empty", []*capture.Packet{last(8, 0).IPv4(whole, assigned.ProtoTCP, 5)}, map[reason]int64{malformedFragment: 1}},
		{"beyond 64 KiB", []*capture.Packet{huge}, map[reason]int64{malformedFragment: 1}},
		{"cut", []*capture.Packet{cut}, map[reason]int64{fragmentCut: 1}},
		{"behind the last", []*capture.Packet{
			last(24, 12).IPv4(whole, assigned.ProtoTCP, 5), piece(40, 16).IPv4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"two ends", []*capture.Packet{
			last(24, 12).IPv4(whole, assigned.ProtoTCP, 5), last(24, 16).IPv4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"end before what is there", []*capture.Packet{
			piece(48, 16).IPv4(whole, assigned.ProtoTCP, 5), last(24, 16).IPv4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"ESP", []*capture.Packet{last(24, 16).IPv4(whole, assigned.ProtoESP, 5)}, map[reason]int64{unreadESP: 1}},
		{"UDP", []*capture.Packet{
			piece(0, 24).IPv4(whole, assigned.ProtoUDP, 5), last(24, 16).IPv4(whole, assigned.ProtoUDP, 5),
		}, nil},
		{"IPv6 UDP", []*capture.Packet{
			piece(0, 24).IPv6(whole, assigned.ProtoUDP, 5), last(24, 16).IPv6(whole, assigned.ProtoUDP, 5),
		}, nil},
		{"ICMP", []*capture.Packet{piece(0, 24).IPv4(whole, 1, 5)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := make(map[string]int64)
			for r, n := range test.want {
				want[reasonTexts[r]] = n
			}
			var s TCP
			d := NewDecoder()
			for i, p := range test.packets {
				if d.Decode(p, &s) {
					t.Fatalf("packet %d: a segment: %+v", i, s)
				}
			}
			if got := d.NotDecoded(); !maps.Equal(got, want) {
				t.Errorf("not decoded: %v, want %v", got, want)
			}
		})
	}
}

func TestFragmentsOfTunnel(t *testing.T) {
	var s TCP
	d := NewDecoder()
	inner := append(packettest.Hex(t, "d0 00 12 b5 00 00 00 00  08 00 00 00 00 00 07 00"+eth4), longIPv4(t, 500)...)
	d.Decode(piece(0, 256).IPv4(inner, assigned.ProtoUDP, 5), &s)
	if !d.Decode(last(256, len(inner)-256).IPv4(inner, assigned.ProtoUDP, 5), &s) {
		t.Fatalf("no segment; not decoded: %v", d.NotDecoded())
	}
	if len(s.Payload) != 480 {
		t.Errorf("payload of %d bytes, want 480", len(s.Payload))
	}
}

// TestFragmentsInFragments has a fragmented datagram in the fragments of a
// tunnel.
func TestFragmentsInFragments(t *testing.T) {
	var s TCP
	d := NewDecoder()
	whole := longSegment(t, 500)
	done := false
	for i, in := range []shard{piece(0, 256), last(256, 244)} {
		inner := in.IPv4(whole, assigned.ProtoTCP, 9).Data
		for _, out := range []shard{piece(0, 128), last(128, len(inner)-128)} {
			done = d.Decode(out.IPv4(inner, assigned.ProtoIPv4, uint16(i)), &s)
		}
	}
	if !done || !bytes.Equal(s.Payload, whole[20:]) {
		t.Errorf("done %v, payload of %d bytes", done, len(s.Payload))
	}
}

func longIPv4(t testing.TB, size int) []byte {
	b := packettest.Hex(t, ip4Hi)[:20]
	binary.BigEndian.PutUint16(b[2:], uint16(20+size))
	return append(b, longSegment(t, size)...)
}

func TestFragmentsGrowOld(t *testing.T) {
	whole := longSegment(t, 60)
	for _, test := range []struct {
		name string
		wait time.Duration
		want bool
	}{
		{"in time", 30 * time.Second, true},
		{"too late", 30*time.Second + 1, false},
		{"clock set back", -time.Hour, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s TCP
			d := NewDecoder()
			d.Decode(piece(0, 24).IPv4(whole, assigned.ProtoTCP, 5), &s)
			p := last(24, 36).IPv4(whole, assigned.ProtoTCP, 5)
			p.Time += int64(test.wait)
			if got := d.Decode(p, &s); got != test.want {
				t.Errorf("done %v, want %v", got, test.want)
			}
		})
	}
}

func TestFragmentLimits(t *testing.T) {
	whole := longSegment(t, 65000)
	for _, test := range []struct {
		name   string
		count  int
		packet func(i int) *capture.Packet
	}{
		{"datagrams", 3 * maxPartials, func(i int) *capture.Packet {
			return piece(8, 8).IPv6(whole, assigned.ProtoTCP, uint32(i))
		}},
		{"bytes", 200, func(i int) *capture.Packet {
			return piece(0, 60000).IPv6(whole, assigned.ProtoTCP, uint32(i))
		}},
		{"parts", 3 * maxParts, func(i int) *capture.Packet {
			return piece(i*16, 8).IPv6(whole, assigned.ProtoTCP, 1)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s TCP
			d := NewDecoder()
			for i := range test.count {
				d.Decode(test.packet(i), &s)
				if d.fragments.full() {
					t.Fatalf("full after packet %d", i)
				}
			}
			got := d.NotDecoded()
			dropped, waiting := got[reasonTexts[fragmentLimit]], got[reasonTexts[fragmentsMissing]]
			if dropped == 0 || d.droppedBytes == 0 || dropped+waiting != int64(test.count) {
				t.Errorf("dropped %d (%d bytes), waiting %d, want %d in all", dropped, d.droppedBytes, waiting, test.count)
			}
		})
	}
}
