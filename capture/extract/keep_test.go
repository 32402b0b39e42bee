package extract

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/tcp"
)

var (
	pc1   = capturetest.NewHost("10.9.0.10")
	web01 = capturetest.NewHost("10.9.0.20")
)

// reader is a Consumer that marks what holds the word Authorization, has no use
// for what begins with SSH, and skips behind a message as many bytes as it
// says: "Skip=1000.".
type reader struct{ keeper *Keeper }

func (r *reader) Data(_ *tcp.Conn, s *tcp.Segment) tcp.Advice {
	if bytes.Contains(s.Data, []byte("Authorization")) {
		r.keeper.Mark()
	}
	if bytes.HasPrefix(s.Data, []byte("SSH")) {
		return tcp.Ignore
	}
	var n int64
	if i := bytes.Index(s.Data, []byte("Skip=")); i >= 0 {
		fmt.Sscanf(string(s.Data[i:]), "Skip=%d.", &n)
	}
	return tcp.Skip(n)
}
func (*reader) Skipped(*tcp.Conn, capture.Dir, capture.Stamp)    {}
func (*reader) HalfClosed(*tcp.Conn, capture.Dir, capture.Stamp) {}
func (r *reader) Closed(c *tcp.Conn, _ capture.Stamp, _ capture.End) {
	if c.Endpoint(0).Port() == markedAtEnd || c.Endpoint(1).Port() == markedAtEnd {
		r.keeper.Mark()
	}
}

// markedAtEnd is a port whose connections are wanted only when they end.
const markedAtEnd = 8088

// list is an Output that keeps everything.
type list struct {
	frames  []int64
	packets map[int64]capture.Packet
}

func (l *list) Packet(p *capture.Packet, _ bool) {
	l.frames = append(l.frames, p.Frame)
	own := *p
	own.Data = bytes.Clone(p.Data)
	if l.packets == nil {
		l.packets = map[int64]capture.Packet{}
	}
	l.packets[p.Frame] = own
}

// keeping is a Keeper with an Assembler before it.
type keeping struct {
	*Keeper
	assembler *tcp.Assembler
	out       list
}

func newKeeping(o Options) *keeping {
	k := &keeping{}
	k.Keeper = New(o, &k.out)
	k.assembler = tcp.NewAssembler(tcp.AssemblerOptions{}, k.Watch(&reader{k.Keeper}))
	return k
}

// packetsOf returns the packets of a capture.
func packetsOf(c *capturetest.Capture) []capture.Packet {
	var all []capture.Packet
	for _, f := range c.Frames() {
		all = append(all, capture.Packet{
			Stamp: capture.Stamp{Frame: int64(f.Number), Time: f.Time.UnixNano()},
			Data:  f.Data, Length: f.Length, Link: capture.LinkEthernet, Direction: capture.Direction(f.Direction),
		})
	}
	return all
}

// play returns all packets of c to k.
func (k *keeping) play(c *capturetest.Capture) {
	for _, p := range packetsOf(c) {
		k.Take(k.assembler, &p)
	}
	k.assembler.Close()
}

// between returns the frames of c from the number after a to b.
func between(a, b int) []int64 {
	var out []int64
	for n := a + 1; n <= b; n++ {
		out = append(out, int64(n))
	}
	return out
}

func TestKeep(t *testing.T) {
	const logon = "GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6\r\n\r\n"
	tests := []struct {
		name string
		talk func(c *capturetest.Capture) (want []int64)
		want Stats
	}{
		{"nothing of it", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80)).Client("GET /").Server("200").Close()
			c.Dial(pc1, web01.At(22)).Client("SSH-2.0").Server("SSH-2.0").Close()
			return nil
		}, Stats{}},
		{"from SYN to the last acknowledgement", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80)).Client("GET /").Server("200").Client(logon).Server("200").Close()
			return between(0, len(c.Frames()))
		}, Stats{Connections: 1}},
		{"what waited goes first, in its order", func(c *capturetest.Capture) []int64 {
			a := c.Dial(pc1, web01.At(80))
			n := len(c.Frames())
			c.Dial(pc1, web01.At(81)).Client(logon).Close()
			m := len(c.Frames())
			a.Client(logon).Close()
			return slices.Concat(between(n, m), between(0, n), between(m, len(c.Frames())))
		}, Stats{Connections: 2}},
		{"a logon after bytes of no interest", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80)).Client("SSH-2.0").Client(logon).Close()
			return nil
		}, Stats{}},
		{"bytes of no interest after a logon", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80)).Client(logon).Client("SSH-2.0").Client("more").Server("more").Close()
			return between(0, len(c.Frames()))
		}, Stats{Connections: 1}},
		{"without its beginning", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80), capturetest.Midstream()).Client(logon).Server("200").Close()
			return between(0, len(c.Frames()))
		}, Stats{Connections: 1, Partial: 1}},
		{"ports used again", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000)).Client(logon).Server("200").Close()
			n := len(c.Frames())
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000), capturetest.ISN(1<<30, 1<<31)).Client("GET /").Server("200").Close()
			m := len(c.Frames())
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000), capturetest.ISN(7<<28, 9)).Client(logon).Server("200").Reset()
			return slices.Concat(between(0, n), between(m, len(c.Frames())))
		}, Stats{Connections: 2}},
		{"ports used again without an end", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000)).Client(logon).Server("200")
			n := len(c.Frames())
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000), capturetest.ISN(1<<30, 1<<31)).Client("SSH-2.0").Server("SSH-2.0")
			c.Dial(pc1, web01.At(80), capturetest.FromPort(50000), capturetest.ISN(7<<28, 9)).Client("GET /").Close()
			return between(0, n)
		}, Stats{Connections: 1}},
		{"wanted when it ends", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(markedAtEnd)).Client("GET /").Server("200").Close()
			return between(0, len(c.Frames()))
		}, Stats{Connections: 1}},
		{"wanted at the end of the capture", func(c *capturetest.Capture) []int64 {
			c.Dial(pc1, web01.At(markedAtEnd)).Client("GET /").Server("200")
			return between(0, len(c.Frames()))
		}, Stats{Connections: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := capturetest.New()
			want := tt.talk(c)
			k := newKeeping(Options{})
			k.play(c)
			if !slices.Equal(k.out.frames, want) {
				t.Errorf("frames %v, want %v", k.out.frames, want)
			}
			if k.Stats() != tt.want {
				t.Errorf("%+v, want %+v", k.Stats(), tt.want)
			}
			for _, p := range packetsOf(c) {
				if got, ok := k.out.packets[p.Frame]; ok && fmt.Sprint(got) != fmt.Sprint(p) {
					t.Errorf("frame %d\n got %v\nwant %v", p.Frame, got, p)
				}
			}
		})
	}
}

// TestBodies cuts what is behind the first bytes of a body to its headers, also
// while it waits.
func TestBodies(t *testing.T) {
	const chunk = "0123456789"
	for _, tt := range []struct {
		name  string
		limit int64
		cut   int64
	}{{"none", -1, 0}, {"after 15 bytes", 15, 9}, {"all", 1, 10}} {
		t.Run(tt.name, func(t *testing.T) {
			c := capturetest.New()
			k := c.Dial(pc1, web01.At(80)).Client("GET /").Server("Skip=100.")
			for range 10 {
				k.Server(chunk)
			}
			k.Server("next").Client("Authorization").Close()
			w := newKeeping(Options{Body: tt.limit})
			w.play(c)
			var cut int64
			for _, p := range packetsOf(c) {
				got, ok := w.out.packets[p.Frame]
				if !ok || got.Length != p.Length || !bytes.HasPrefix(p.Data, got.Data) {
					t.Fatalf("frame %d: %v", p.Frame, got)
				}
				if len(got.Data) != len(p.Data) {
					if cut++; !got.Trimmed || len(p.Data)-len(got.Data) != len(chunk) {
						t.Errorf("frame %d is cut to %d bytes", p.Frame, len(got.Data))
					}
				}
			}
			if cut != tt.cut || w.Stats().Cut != cut {
				t.Errorf("%d packets are cut, %d are counted, want %d", cut, w.Stats().Cut, tt.cut)
			}
		})
	}
}

// TestFragmentsAreKept cuts the request of a logon into IP fragments.
func TestFragmentsAreKept(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(pc1, web01.At(80)).Client("GET /").Server("200")
	k.Client("Authorization: and more than eight bytes")
	at := k.Frame().Number
	k.Server("200").Close()
	for _, kept := range []bool{false, true} {
		w := newKeeping(Options{})
		for _, p := range packetsOf(c) {
			if kept && p.Frame == 1 {
				w.Take(w.assembler, &p)
				w.keepConn(&w.taken.Flow)
				continue
			}
			if p.Frame != int64(at) {
				w.Take(w.assembler, &p)
				continue
			}
			first, second := p, p
			first.Data, second.Data = fragments(p.Data, 24)
			first.Length, second.Length = len(first.Data), len(second.Data)
			w.Take(w.assembler, &first)
			second.Frame = 1000
			w.Take(w.assembler, &second)
		}
		want := slices.Concat(between(0, at), []int64{1000}, between(at, len(c.Frames())))
		if !slices.Equal(w.out.frames, want) || w.Stats().Partial != 0 {
			t.Errorf("kept before %v: frames %v, want %v; %+v", kept, w.out.frames, want, w.Stats())
		}
	}
}

// fragments makes two fragments of an Ethernet frame with IPv4, the first with
// n bytes.
func fragments(frame []byte, n int) (first, second []byte) {
	const head = 14 + 20
	piece := func(part []byte, flags uint16) []byte {
		b := slices.Concat(frame[:head], part)
		b[14+2], b[14+3] = byte((20+len(part))>>8), byte(20+len(part))
		b[14+6], b[14+7] = byte(flags>>8), byte(flags)
		return b
	}
	return piece(frame[head:head+n], 0x2000), piece(frame[head+n:], uint16(n/8))
}
