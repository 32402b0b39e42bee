package capture

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"

	"ntlmtrace/capture/internal/assigned"
)

// shard is one fragment to be made of a datagram.
type shard struct {
	offset, size int
	last         bool
}

// packet4 makes the IPv4 packet of a shard of whole.
func (s shard) packet4(whole []byte, proto uint8, id uint16) *Packet {
	b := make([]byte, 20, 20+s.size)
	b[0], b[8], b[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+s.size))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], uint16(s.offset/8))
	if !s.last {
		b[6] |= 0x20
	}
	copy(b[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	return packetOf(LinkIPv4, append(b, whole[s.offset:s.offset+s.size]...))
}

// packet6 makes the IPv6 packet of a shard of whole.
func (s shard) packet6(whole []byte, proto uint8, id uint32) *Packet {
	b := make([]byte, 48, 48+s.size)
	b[0], b[6], b[7] = 0x60, assigned.ProtoFragment, 64
	binary.BigEndian.PutUint16(b[4:], uint16(8+s.size))
	b[8], b[23], b[24], b[39] = 0xfd, 1, 0xfd, 2
	b[40] = proto
	binary.BigEndian.PutUint16(b[42:], uint16(s.offset))
	if !s.last {
		b[43] |= 1
	}
	binary.BigEndian.PutUint32(b[44:], id)
	return packetOf(LinkIPv6, append(b, whole[s.offset:s.offset+s.size]...))
}

// longSegment makes a TCP segment of the size.
func longSegment(t testing.TB, size int) []byte {
	b := wire(t, tcpHi)[:20]
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
		{"in order", []shard{{0, 24, false}, {24, 24, false}, {48, 12, true}}, true},
		{"last first", []shard{{48, 12, true}, {24, 24, false}, {0, 24, false}}, true},
		{"first in the middle", []shard{{48, 12, true}, {0, 24, false}, {24, 24, false}}, true},
		{"TCP header in two", []shard{{0, 8, false}, {8, 52, true}}, true},
		{"twice", []shard{{0, 24, false}, {0, 24, false}, {24, 36, true}}, true},
		{"last twice", []shard{{24, 36, true}, {24, 36, true}, {0, 24, false}}, true},
		{"overlap behind", []shard{{0, 24, false}, {16, 44, true}}, true},
		{"overlap before", []shard{{16, 44, true}, {0, 24, false}}, true},
		{"overlap of all", []shard{{8, 8, false}, {24, 8, false}, {40, 8, false}, {0, 60, true}}, false},
		{"fills two holes", []shard{{8, 8, false}, {24, 36, true}, {0, 32, false}}, true},
		{"hole", []shard{{0, 24, false}, {48, 12, true}}, false},
		{"no first", []shard{{24, 24, false}, {48, 12, true}}, false},
		{"no last", []shard{{0, 24, false}, {24, 24, false}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, ipv6 := range []bool{false, true} {
				d := newPacketDecoder()
				var s tcpSegment
				done := false
				for i, shard := range test.shards {
					if shard.offset == 0 && shard.last {
						shard.last = false // else it is no fragment
						shard.size = 56
					}
					p := shard.packet4(whole, assigned.ProtoTCP, 5)
					if ipv6 {
						p = shard.packet6(whole, assigned.ProtoTCP, 5)
					}
					p.Frame = int64(i + 1)
					if done = d.decode(p, &s); done && i != len(test.shards)-1 {
						t.Fatalf("done with shard %d", i)
					}
				}
				if done != test.done {
					t.Fatalf("done %v, want %v; not decoded: %v", done, test.done, d.notDecoded())
				}
				if !done {
					checkWaiting(t, d, len(test.shards))
					continue
				}
				if !bytes.Equal(s.payload, whole[20:]) || s.Frame != int64(len(test.shards)) || !s.hasID || s.id != 5 {
					t.Errorf("IPv6 %v: payload %x frame %d id %v %d", ipv6, s.payload, s.Frame, s.hasID, s.id)
				}
				checkWaiting(t, d, 0)
			}
		})
	}
}

// checkWaiting checks that n fragments are held and reported, and that nothing
// is left when there are none.
func checkWaiting(t *testing.T, d *packetDecoder, n int) {
	t.Helper()
	if got := d.notDecoded()[reasonTexts[fragmentsMissing]]; got != int64(n) {
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
	d := newPacketDecoder()
	var s tcpSegment
	d.decode(shard{16, 24, false}.packet4(first, assigned.ProtoTCP, 5), &s)
	d.decode(shard{0, 48, false}.packet4(second, assigned.ProtoTCP, 5), &s)
	if !d.decode(shard{32, 28, true}.packet4(second, assigned.ProtoTCP, 5), &s) {
		t.Fatal("no segment")
	}
	want := slices.Concat(first[20:40], second[40:])
	if !bytes.Equal(s.payload, want) {
		t.Errorf("payload %x, want %x", s.payload, want)
	}
}

func TestFragmentsNotDecoded(t *testing.T) {
	whole := longSegment(t, 600)
	cut := shard{0, 24, false}.packet4(whole, assigned.ProtoTCP, 5)
	cut.Data = cut.Data[:40]
	huge := shard{0, 24, false}.packet4(whole, assigned.ProtoTCP, 5)
	huge.Data[6], huge.Data[7] = 0x3f, 0xff
	for _, test := range []struct {
		name    string
		packets []*Packet
		want    map[reason]int64
	}{
		{"size not a multiple of 8", []*Packet{shard{0, 23, false}.packet4(whole, assigned.ProtoTCP, 5)}, map[reason]int64{malformedFragment: 1}},
		{"empty", []*Packet{shard{8, 0, true}.packet4(whole, assigned.ProtoTCP, 5)}, map[reason]int64{malformedFragment: 1}},
		{"beyond 64 KiB", []*Packet{huge}, map[reason]int64{malformedFragment: 1}},
		{"cut", []*Packet{cut}, map[reason]int64{fragmentCut: 1}},
		{"behind the last", []*Packet{
			shard{24, 12, true}.packet4(whole, assigned.ProtoTCP, 5), shard{40, 16, false}.packet4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"two ends", []*Packet{
			shard{24, 12, true}.packet4(whole, assigned.ProtoTCP, 5), shard{24, 16, true}.packet4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"end before what is there", []*Packet{
			shard{48, 16, false}.packet4(whole, assigned.ProtoTCP, 5), shard{24, 16, true}.packet4(whole, assigned.ProtoTCP, 5),
		}, map[reason]int64{fragmentsMissing: 1, malformedFragment: 1}},
		{"ESP", []*Packet{shard{24, 16, true}.packet4(whole, assigned.ProtoESP, 5)}, map[reason]int64{unreadESP: 1}},
		{"UDP", []*Packet{
			shard{0, 24, false}.packet4(whole, assigned.ProtoUDP, 5), shard{24, 16, true}.packet4(whole, assigned.ProtoUDP, 5),
		}, nil},
		{"IPv6 UDP", []*Packet{
			shard{0, 24, false}.packet6(whole, assigned.ProtoUDP, 5), shard{24, 16, true}.packet6(whole, assigned.ProtoUDP, 5),
		}, nil},
		{"ICMP", []*Packet{shard{0, 24, false}.packet4(whole, 1, 5)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := make(map[string]int64)
			for r, n := range test.want {
				want[reasonTexts[r]] = n
			}
			var s tcpSegment
			d := newPacketDecoder()
			for i, p := range test.packets {
				if d.decode(p, &s) {
					t.Fatalf("packet %d: a segment: %+v", i, s)
				}
			}
			if got := d.notDecoded(); !maps.Equal(got, want) {
				t.Errorf("not decoded: %v, want %v", got, want)
			}
		})
	}
}

func TestFragmentsOfTunnel(t *testing.T) {
	var s tcpSegment
	d := newPacketDecoder()
	inner := append(wire(t, "d0 00 12 b5 00 00 00 00  08 00 00 00 00 00 07 00"+eth4), longIPv4(t, 500)...)
	d.decode(shard{0, 256, false}.packet4(inner, assigned.ProtoUDP, 5), &s)
	if !d.decode(shard{256, len(inner) - 256, true}.packet4(inner, assigned.ProtoUDP, 5), &s) {
		t.Fatalf("no segment; not decoded: %v", d.notDecoded())
	}
	if len(s.payload) != 480 {
		t.Errorf("payload of %d bytes, want 480", len(s.payload))
	}
}

// TestFragmentsInFragments has a fragmented datagram in the fragments of a tunnel.
func TestFragmentsInFragments(t *testing.T) {
	var s tcpSegment
	d := newPacketDecoder()
	whole := longSegment(t, 500)
	done := false
	for i, in := range []shard{{0, 256, false}, {256, 244, true}} {
		inner := in.packet4(whole, assigned.ProtoTCP, 9).Data
		for _, out := range []shard{{0, 128, false}, {128, len(inner) - 128, true}} {
			done = d.decode(out.packet4(inner, assigned.ProtoIPv4, uint16(i)), &s)
		}
	}
	if !done || !bytes.Equal(s.payload, whole[20:]) {
		t.Errorf("done %v, payload of %d bytes", done, len(s.payload))
	}
}

func longIPv4(t testing.TB, size int) []byte {
	b := wire(t, ip4Hi)[:20]
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
			var s tcpSegment
			d := newPacketDecoder()
			d.decode(shard{0, 24, false}.packet4(whole, assigned.ProtoTCP, 5), &s)
			p := shard{24, 36, true}.packet4(whole, assigned.ProtoTCP, 5)
			p.Time += int64(test.wait)
			if got := d.decode(p, &s); got != test.want {
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
		packet func(i int) *Packet
	}{
		{"datagrams", 3 * maxPartials, func(i int) *Packet { return shard{8, 8, false}.packet6(whole, assigned.ProtoTCP, uint32(i)) }},
		{"bytes", 200, func(i int) *Packet { return shard{0, 60000, false}.packet6(whole, assigned.ProtoTCP, uint32(i)) }},
		{"parts", 3 * maxParts, func(i int) *Packet { return shard{i * 16, 8, false}.packet6(whole, assigned.ProtoTCP, 1) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s tcpSegment
			d := newPacketDecoder()
			for i := range test.count {
				d.decode(test.packet(i), &s)
				if d.fragments.full() {
					t.Fatalf("full after packet %d", i)
				}
			}
			got := d.notDecoded()
			dropped, waiting := got[reasonTexts[fragmentLimit]], got[reasonTexts[fragmentsMissing]]
			if dropped == 0 || d.droppedBytes == 0 || dropped+waiting != int64(test.count) {
				t.Errorf("dropped %d (%d bytes), waiting %d, want %d in all", dropped, d.droppedBytes, waiting, test.count)
			}
		})
	}
}
