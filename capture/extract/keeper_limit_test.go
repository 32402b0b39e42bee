package extract

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"ntlmtrace/capture"
)

// ipv4 makes a raw IPv4 packet with TCP of connection n: its client's address
// and port. Payload begins with the number of the packet.
func ipv4(n uint32, flags byte, seq uint32, frame int64, size int) capture.Packet {
	b := make([]byte, 40+size)
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint32(b[12:], 10<<24|n>>8)
	binary.BigEndian.PutUint32(b[16:], 192<<24)
	binary.BigEndian.PutUint16(b[20:], uint16(1024+n&255))
	binary.BigEndian.PutUint16(b[22:], 80)
	binary.BigEndian.PutUint32(b[24:], seq)
	b[32], b[33] = 0x50, flags
	if size >= 8 {
		binary.BigEndian.PutUint64(b[40:], uint64(frame))
	}
	return capture.Packet{Stamp: capture.Stamp{Frame: frame, Time: 1e18 + frame}, Data: b, Length: len(b), Link: capture.LinkIPv4}
}

const syn, ack = 2, 16

// TestRingIsBounded returns the packets of one connection and of many others
// more memory than there is: the newest ones are left, and what is missing is
// counted.
func TestRingIsBounded(t *testing.T) {
	const conns, rounds = 5, 400
	for _, memory := range []int{1, 1 << 12, 1 << 16, 1 << 24} {
		k := newKeeping(Options{Memory: memory})
		r := rand.New(rand.NewPCG(1, uint64(memory)))
		sent := map[uint32][]int64{}
		var seq [conns]uint32
		frame := int64(0)
		for range rounds {
			n := r.Uint32N(conns)
			size := 8 + r.IntN(200)
			frame++
			p := ipv4(n, ack, 1+seq[n], frame, size)
			seq[n] += uint32(size)
			sent[n] = append(sent[n], frame)
			k.Take(k.assembler, &p)
		}
		for n := range uint32(conns) {
			before := k.Stats().Early
			k.out.frames = nil
			frame++
			p := ipv4(n, ack, 1+seq[n], frame, 40)
			copy(p.Data[40:], "Authorization")
			k.Take(k.assembler, &p)
			want := append(sent[n], frame)
			missing := len(want) - len(k.out.frames)
			if missing < 0 || int64(missing) != k.Stats().Early-before || memory >= 1<<24 && missing != 0 {
				t.Fatalf("memory %d, connection %d: %d of %d packets, %d missing are counted", memory, n, len(k.out.frames), len(want), k.Stats().Early-before)
			}
			for i, f := range k.out.frames {
				got := k.out.packets[f]
				if f != want[missing+i] || f != frame && int64(binary.BigEndian.Uint64(got.Data[40:])) != f || got.Time != 1e18+f {
					t.Fatalf("memory %d, connection %d: place %d holds frame %d, want %d", memory, n, i, f, want[missing+i])
				}
			}
		}
	}
}

// TestFlood sends a million SYNs: nothing grows, and a connection that is
// written goes on to be.
func TestFlood(t *testing.T) {
	const flood = 1_000_000
	k := newKeeping(Options{Memory: 1 << 16, Flows: 1 << 10})
	p := ipv4(0, ack, 1, 1, 40)
	copy(p.Data[40:], "Authorization")
	k.Take(k.assembler, &p)
	p = ipv4(0, syn, 1, 2, 0)
	took := testing.AllocsPerRun(flood, func() {
		p.Frame++
		binary.BigEndian.PutUint32(p.Data[12:], 11<<24|uint32(p.Frame))
		k.Take(k.assembler, &p)
	})
	if took != 0 {
		t.Errorf("%v allocations for a SYN", took)
	}
	if n, d, p := len(k.flows.flows), len(k.ring.data), len(k.ring.packets); n != 1<<10 || d > 1<<16 || p > 1<<16/heldCost {
		t.Errorf("%d flows, %d bytes, %d packets", n, d, p)
	}
	k.out.frames = nil
	p = ipv4(0, ack, 41, flood+10, 8)
	k.Take(k.assembler, &p)
	if len(k.out.frames) != 1 || k.Stats().Forgotten != 0 {
		t.Errorf("the connection was lost sight of: %+v", k.Stats())
	}
}

// TestForgotten keeps more connections than the table holds.
func TestForgotten(t *testing.T) {
	k := newKeeping(Options{Flows: 1})
	for n := range uint32(3 * ways) {
		p := ipv4(n, ack, 1, int64(n+1), 40)
		copy(p.Data[40:], "Authorization")
		k.Take(k.assembler, &p)
	}
	if got := k.Stats(); got.Connections != 3*ways || got.Forgotten != 2*ways {
		t.Errorf("%+v", got)
	}
	if len(k.out.frames) != 3*ways {
		t.Errorf("%d packets", len(k.out.frames))
	}
}

// paths are the ways of a packet that captures have millions of.
func paths() map[string]func(*keeping) *capture.Packet {
	first := func(text string) func(*keeping) *capture.Packet {
		return func(k *keeping) *capture.Packet {
			p := ipv4(1, ack, 1, 1, 1400)
			copy(p.Data[40:], text)
			k.Take(k.assembler, &p)
			p = ipv4(1, ack, 1401, 2, 1400)
			return &p
		}
	}
	return map[string]func(*keeping) *capture.Packet{
		"ignored":   first("SSH-2.0"),
		"skipped":   first("Skip=1000000000."),
		"undecided": first("GET /"),
		"not-tcp": func(*keeping) *capture.Packet {
			return &capture.Packet{Data: make([]byte, 1400), Link: capture.LinkEthernet}
		},
		"no-payload":  func(*keeping) *capture.Packet { p := ipv4(1, ack, 1, 1, 0); return &p },
		"handshaking": func(*keeping) *capture.Packet { p := ipv4(1, syn, 1, 1, 0); return &p },
	}
}

func TestTakeDoesNotAllocate(t *testing.T) {
	for name, path := range paths() {
		t.Run(name, func(t *testing.T) {
			k := newKeeping(Options{Memory: 1 << 20})
			p := path(k)
			if n := testing.AllocsPerRun(5000, func() { k.Take(k.assembler, p) }); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}

// BenchmarkTake is what keeping costs; its sub-benchmarks named assemble are
// the same packets without.
func BenchmarkTake(b *testing.B) {
	for name, path := range paths() {
		for _, keeping := range []bool{false, true} {
			what := "/assemble"
			if keeping {
				what = "/keep"
			}
			b.Run(name+what, func(b *testing.B) {
				k := newKeeping(Options{})
				p := path(k)
				b.SetBytes(int64(p.Length))
				b.ReportAllocs()
				for b.Loop() {
					if p.Frame++; keeping {
						k.Take(k.assembler, p)
					} else {
						k.assembler.Packet(p)
					}
				}
			})
		}
	}
}

// BenchmarkManyIgnored has more ignored connections than fit in a cache.
func BenchmarkManyIgnored(b *testing.B) {
	for _, keeping := range []bool{false, true} {
		b.Run(map[bool]string{false: "assemble", true: "keep"}[keeping], func(b *testing.B) {
			const conns = 20_000
			k := newKeeping(Options{})
			packets := make([]capture.Packet, conns)
			for n := range packets {
				packets[n] = ipv4(uint32(n), ack, 1, int64(n), 1000)
				copy(packets[n].Data[40:], "SSH-2.0")
				k.Take(k.assembler, &packets[n])
				packets[n] = ipv4(uint32(n), ack, 1001, int64(n), 1000)
			}
			b.SetBytes(1040)
			n := 0
			for b.Loop() {
				if n++; n == conns {
					n = 0
				}
				if keeping {
					k.Take(k.assembler, &packets[n])
				} else {
					k.assembler.Packet(&packets[n])
				}
			}
		})
	}
}
