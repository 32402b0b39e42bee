package capture

import (
	"testing"
	"time"
	"unsafe"
)

// playMany sends n packets, each as fill makes it from a packet of connection 1
// that acknowledges nothing new.
func playMany(a *Assembler, n int, fill func(i int, t *tcpSegment)) {
	payload := []byte{'x'}
	for i := range n {
		t := tcpSegment{Stamp: Stamp{int64(i), int64(i) * 1000}, key: talkKey(1), flags: flagACK, payload: payload}
		fill(i, &t)
		a.segment(&t)
	}
}

// spread makes t a packet of one of many connections.
func spread(i int, t *tcpSegment) {
	t.key.addr[0].lo = mapped4 | uint64(uint32(i))
	t.key.hash = uint32(i) * 0x9e3779b1
}

// TestCostIsLinear plays what makes a careless assembler slow. Each row takes
// milliseconds when a packet costs the same however many came before, and minutes if not.
func TestCostIsLinear(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	tests := []struct {
		name string
		fill func(i int, t *tcpSegment)
	}{
		{"single bytes, every other one missing", func(i int, t *tcpSegment) { t.seq = uint32(2*i + 2) }},
		{"single bytes, from the last to the first", func(i int, t *tcpSegment) {
			if i > 0 {
				t.seq = uint32(2*n - 2*i)
			}
		}},
		{"single bytes, anywhere", func(i int, t *tcpSegment) { t.seq = uint32(i * 79199 % (2 * n)) }},
		{"single bytes, each acknowledged", func(i int, t *tcpSegment) {
			t.seq = uint32(2*i + 2)
			if i%2 == 1 {
				t.dir, t.payload, t.ack = 1, nil, uint32(i)
			}
		}},
		{"a hole in each of many connections", func(i int, t *tcpSegment) {
			spread(i/2, t)
			t.seq = uint32(i % 2 * 100)
		}},
		{"FINs before their bytes", func(i int, t *tcpSegment) {
			spread(i/2, t)
			t.seq = uint32(i % 2 * 100)
			t.flags |= flagFIN * uint8(i%2)
		}},
		{"connections of one byte and a FIN each way", func(i int, t *tcpSegment) {
			spread(i/2, t)
			t.dir = Dir(i % 2)
			t.flags |= flagFIN
		}},
		{"ports used again", func(i int, t *tcpSegment) {
			t.seq = uint32(i / 2 * 1000)
			if i%2 == 0 {
				t.flags, t.payload = flagSYN, nil
				t.seq--
			}
		}},
		{"SYNs", func(i int, t *tcpSegment) {
			spread(i, t)
			t.flags, t.payload = flagSYN, nil
		}},
		{"FINs of no connection", func(i int, t *tcpSegment) {
			spread(i, t)
			t.flags, t.payload = flagFIN|flagACK, nil
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
func (*countingConsumer) Skipped(*Conn, Dir, Stamp) {}

func (s *countingConsumer) HalfClosed(*Conn, Dir, Stamp) {}
func (s *countingConsumer) Closed(*Conn, Stamp, End)     { s.closed++ }

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
	playMany(scan, 200_000, func(i int, t *tcpSegment) {
		spread(i, t)
		t.flags, t.payload = flagSYN, nil
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
			g := tcpSegment{key: talkKey(1), flags: flagACK, payload: body, cut: max(0, int(tt.step)-1460)}
			send := func() {
				g.Time += int64(time.Microsecond)
				g.seq += tt.step
				a.segment(&g)
			}
			send()
			if n := testing.AllocsPerRun(1000, send); n != 0 {
				t.Errorf("%v allocations a packet", n)
			}
		})
	}
}
