package tcp

import (
	"encoding/binary"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// benchPackets plays segments of 1460 bytes of many connections in turn. With
// swap one in ten comes after the next of its connection.
func benchPackets(b *testing.B, conns int, advice Advice, swap bool) {
	const size = 1460
	payload := make([]byte, size)
	a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: advice})
	keys := make([]packet.TCP, conns)
	for i := range keys {
		keys[i] = packet.TCP{Key: talkKey(1), Flags: packet.FlagACK, Payload: payload}
		spread(i, &keys[i])
	}
	b.SetBytes(size)
	b.ReportAllocs()
	now := capture.Stamp{Time: 1e18}
	b.ResetTimer()
	for i := range b.N {
		t := &keys[i%conns]
		now.Frame++
		now.Time += int64(time.Microsecond)
		t.Stamp = now
		turn := i / conns
		if swap && turn%10 == 5 {
			turn++
		} else if swap && turn%10 == 6 {
			turn--
		}
		t.Seq = uint32(turn * size)
		a.takeSegment(t)
	}
}

func BenchmarkInOrder(b *testing.B)         { benchPackets(b, 10, More, false) }
func BenchmarkSkipped(b *testing.B)         { benchPackets(b, 10, Skip(100*1460), false) }
func BenchmarkIgnored(b *testing.B)         { benchPackets(b, 10, Ignore, false) }
func BenchmarkOvertaken(b *testing.B)       { benchPackets(b, 10, More, true) }
func BenchmarkManyConnections(b *testing.B) { benchPackets(b, 100_000, More, false) }

// BenchmarkShort plays connections of two segments, of which many are open at a
// time.
func BenchmarkShort(b *testing.B) {
	const open = 10_000
	payload := make([]byte, 100)
	a := NewAssembler(AssemblerOptions{}, new(countingConsumer))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for i := range b.N {
		turn := i / (2 * open)
		t := packet.TCP{Stamp: capture.Stamp{Frame: int64(i + 1), Time: int64(i) * 1000}, Key: talkKey(1), Flags: packet.FlagFIN | packet.FlagACK, Payload: payload}
		t.Dir = capture.Dir(i / open % 2)
		spread(turn*open+i%open, &t)
		a.takeSegment(&t)
	}
}

func BenchmarkSYNs(b *testing.B) {
	a := NewAssembler(AssemblerOptions{}, new(countingConsumer))
	for i := range b.N {
		t := packet.TCP{Key: talkKey(1), Flags: packet.FlagSYN}
		spread(i, &t)
		a.takeSegment(&t)
	}
}

// BenchmarkCrowd follows frames of 64 bytes of many connections, none of which
// is wanted: most of the time goes for memory that is far away.
func BenchmarkCrowd(b *testing.B) {
	const conns = 50_000
	ps := make([]capture.Packet, conns)
	for i := range ps {
		frame := tcpFrame(0, i/7%2, uint32(i), 1, packet.FlagACK, []byte("12345678"))
		binary.BigEndian.PutUint32(frame[26:], uint32(i)*2654435761%(conns/4))
		ps[i] = capture.Packet{Stamp: capture.Stamp{Frame: int64(i + 1), Time: int64(i) * 1000}, Data: frame, Length: len(frame), Link: capture.LinkEthernet}
	}
	for name, several := range map[string]int{"one by one": 1, "several at once": batchPackets} {
		b.Run(name, func(b *testing.B) {
			a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: Ignore})
			b.SetBytes(int64(len(ps[0].Data)))
			b.ReportAllocs()
			for i := 0; i < b.N; i += several {
				at := i % (conns - several)
				if several == 1 {
					a.Packet(&ps[at])
				} else {
					a.Packets(ps[at : at+several])
				}
			}
		})
	}
}

// BenchmarkUsual follows what nearly all packets are, of connections of which
// both sides had payload.
func BenchmarkUsual(b *testing.B) {
	for _, kind := range []struct {
		name    string
		advice  Advice
		payload int
	}{{"in order", More, 1460}, {"skipped", Skip(MaxSkip / 1460 * 1460), 1460}, {"acknowledgement", More, 0}, {"ignored", Ignore, 1460}} {
		b.Run(kind.name, func(b *testing.B) {
			a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: kind.advice})
			t := packet.TCP{Key: talkKey(1), Flags: packet.FlagACK, Payload: make([]byte, 1460)}
			t.Dir = 1
			a.takeSegment(&t)
			t.Dir = 0
			a.takeSegment(&t)
			t.Payload = t.Payload[:kind.payload]
			t.Seq = 1460
			b.SetBytes(1460)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				t.Frame++
				t.Time++
				a.takeSegment(&t)
				t.Seq += uint32(kind.payload)
			}
		})
	}
}
