package tcp

import (
	"testing"
	"time"
	"unsafe"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// playMany sends n packets, each as fill makes it from a packet of connection 1
// that acknowledges nothing new.
func playMany(a *Assembler, n int, fill func(i int, t *packet.TCP)) {
	payload := []byte{'x'}
	for i := range n {
		t := packet.TCP{Stamp: capture.Stamp{Frame: int64(i), Time: int64(i) * 1000}, Key: talkKey(1), Flags: packet.FlagACK, Payload: payload}
		fill(i, &t)
		a.takeSegment(&t)
	}
}

// spread makes t a packet of one of many connections.
func spread(i int, t *packet.TCP) {
	t.Key.Addr[0].Lo = mapped4 | uint64(uint32(i))
	t.Key.Hash = uint32(i) * 0x9e3779b1
}

// TestCostIsLinear plays what makes a careless assembler slow. Each row takes
// milliseconds when a packet costs the same however many came before, and
// minutes if not.
func TestCostIsLinear(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	tests := []struct {
		name string
		fill func(i int, t *packet.TCP)
	}{
		{"single bytes, every other one missing", func(i int, t *packet.TCP) { t.Seq = uint32(2*i + 2) }},
		{"single bytes, from the last to the first", func(i int, t *packet.TCP) {
			if i > 0 {
				t.Seq = uint32(2*n - 2*i)
			}
		}},
		{"single bytes, anywhere", func(i int, t *packet.TCP) { t.Seq = uint32(i * 79199 % (2 * n)) }},
		{"single bytes, each acknowledged", func(i int, t *packet.TCP) {
			t.Seq = uint32(2*i + 2)
			if i%2 == 1 {
				t.Dir, t.Payload, t.Ack = 1, nil, uint32(i)
			}
		}},
		{"a hole in each of many connections", func(i int, t *packet.TCP) {
			spread(i/2, t)
			t.Seq = uint32(i % 2 * 100)
		}},
		{"FINs before their bytes", func(i int, t *packet.TCP) {
			spread(i/2, t)
			t.Seq = uint32(i % 2 * 100)
			t.Flags |= packet.FlagFIN * uint8(i%2)
		}},
		{"connections of one byte and a FIN each way", func(i int, t *packet.TCP) {
			spread(i/2, t)
			t.Dir = capture.Dir(i % 2)
			t.Flags |= packet.FlagFIN
		}},
		{"ports used again", func(i int, t *packet.TCP) {
			t.Seq = uint32(i / 2 * 1000)
			if i%2 == 0 {
				t.Flags, t.Payload = packet.FlagSYN, nil
				t.Seq--
			}
		}},
		{"SYNs", func(i int, t *packet.TCP) {
			spread(i, t)
			t.Flags, t.Payload = packet.FlagSYN, nil
		}},
		{"FINs of no connection", func(i int, t *packet.TCP) {
			spread(i, t)
			t.Flags, t.Payload = packet.FlagFIN|packet.FlagACK, nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := new(countingConsumer)
			a := NewAssembler(AssemblerOptions{Memory: 16 << 20}, s)
			playMany(a, n, tt.fill)
			if a.held > a.options.Reordered+2048 || a.conns.slots.Len() > a.maxConns {
				t.Errorf("%d bytes, %d connections held", a.held, a.conns.slots.Len())
			}
			a.Close()
		})
	}
}

// countingConsumer counts and wants everything, or what advice says.
type countingConsumer struct {
	bytes, closed int64
	advice        Advice
}

func (s *countingConsumer) Data(_ *Conn, g *Segment) Advice {
	s.bytes += int64(len(g.Data))
	return s.advice
}
func (*countingConsumer) Skipped(*Conn, capture.Dir, capture.Stamp) {}

func (s *countingConsumer) HalfClosed(*Conn, capture.Dir, capture.Stamp) {}
func (s *countingConsumer) Closed(*Conn, capture.Stamp, capture.End)     { s.closed++ }

func TestMemoryOfConnections(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 112 {
		t.Errorf("a connection takes %d bytes, want at most 112", n)
	}
	a := NewAssembler(AssemblerOptions{}, new(countingConsumer))
	playMany(a, 200_000, spread)
	bytes := uintptr(len(a.conns.slabs))*slabConns*unsafe.Sizeof(Conn{}) + uintptr(a.conns.slots.Size())
	if per := bytes / uintptr(a.conns.slots.Len()); per > connCost {
		t.Errorf("%d bytes a connection, want at most %d", per, connCost)
	}
	scan := NewAssembler(AssemblerOptions{}, new(countingConsumer))
	playMany(scan, 200_000, func(i int, t *packet.TCP) {
		spread(i, t)
		t.Flags, t.Payload = packet.FlagSYN, nil
	})
	if scan.conns.slots.Len() != 0 || len(scan.conns.slabs) != 0 {
		t.Errorf("SYNs made %d connections", scan.conns.slots.Len())
	}
}

func TestNoAllocation(t *testing.T) {
	body := make([]byte, 1460)
	tests := []struct {
		name   string
		advice Advice
		step   uint32 // how far the sequence number goes with each packet
	}{
		{"in order", More, 1460},
		{"repeated", More, 0},
		{"skipped bodies", Skip(10_000), 1460},
		{"ignored", Ignore, 1460},
		{"muted", Mute, 1460},
		{"cut by the capture", More, 2000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: tt.advice})
			g := packet.TCP{Key: talkKey(1), Flags: packet.FlagACK, Payload: body, Cut: max(0, int(tt.step)-1460)}
			send := func() {
				g.Time += int64(time.Microsecond)
				g.Seq += tt.step
				a.takeSegment(&g)
			}
			send()
			if n := testing.AllocsPerRun(1000, send); n != 0 {
				t.Errorf("%v allocations a packet", n)
			}
		})
	}
}
