package capturetest

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var pc, web = NewHost("10.9.0.10"), NewHost("10.9.0.20")

// seen is what a test reads back from an Ethernet frame.
type seen struct {
	src, dst netip.AddrPort
	seq, ack uint32
	flags    uint8
	data     string
}

func read(t *testing.T, f *Frame) seen {
	t.Helper()
	b := f.Data[14:]
	if be.Uint16(f.Data[12:]) == 0x8100 {
		b = f.Data[18:]
	}
	var src, dst, tcp []byte
	if b[0]>>4 == 6 {
		src, dst, tcp = b[8:24], b[24:40], b[40:40+int(be.Uint16(b[4:]))]
	} else {
		src, dst, tcp = b[12:16], b[16:20], b[20:be.Uint16(b[2:])]
		if Checksum(b[:20], 0) != 0 {
			t.Errorf("frame %d: bad IPv4 checksum", f.Number)
		}
	}
	s, _ := netip.AddrFromSlice(src)
	d, _ := netip.AddrFromSlice(dst)
	pseudo := packet{src: Endpoint{Host: Host{Addr: s}}, dst: Endpoint{Host: Host{Addr: d}}}.pseudoHeader(len(tcp))
	if Checksum(tcp, pseudo) != 0 {
		t.Errorf("frame %d: bad TCP checksum", f.Number)
	}
	return seen{
		src: netip.AddrPortFrom(s, be.Uint16(tcp)), dst: netip.AddrPortFrom(d, be.Uint16(tcp[2:])),
		seq: be.Uint32(tcp[4:]), ack: be.Uint32(tcp[8:]), flags: tcp[13], data: string(tcp[int(tcp[12]>>4)*4:]),
	}
}

// TestSequenceNumbersFit follows both directions: each packet begins where the
// one before it ended, and acknowledges nothing that was not sent.
func TestSequenceNumbersFit(t *testing.T) {
	for _, addr := range []string{"10.9.0.20", "fd00::20"} {
		from := NewHost(strings.Replace(addr, "20", "10", 1))
		c := New()
		k := c.Dial(from, NewHost(addr).At(80), ISN(0xfffffff0, 7)).
			Client(Request("GET", "/", "web01.corp.example")).
			Server(Response(200, 4000)).
			Wait(time.Minute).
			Client(Request("GET", "/2", "web01.corp.example")).
			Server(Response(204, 0)).
			Close()
		next, streams := map[netip.AddrPort]uint32{}, map[netip.AddrPort]string{}
		for _, f := range c.Frames() {
			s := read(t, f)
			if want, ok := next[s.src]; ok && s.seq != want {
				t.Errorf("frame %d: seq %d, want %d", f.Number, s.seq, want)
			}
			if s.flags&flagACK != 0 && s.ack != next[s.dst] {
				t.Errorf("frame %d: ack %d, want %d", f.Number, s.ack, next[s.dst])
			}
			next[s.src] = s.seq + uint32(len(s.data)) + uint32(s.flags&flagSYN)/2 + uint32(s.flags&flagFIN)
			streams[s.src] += s.data
		}
		server := netip.AddrPortFrom(k.To().Addr, 80)
		if want := Response(200, 4000) + Response(204, 0); streams[server] != want {
			t.Errorf("%s: the server's stream has %d bytes, want %d", addr, len(streams[server]), len(want))
		}
	}
}

func TestFrameOfAMessage(t *testing.T) {
	c := New()
	k := c.Dial(pc, web.At(80)).Split(10, 20).Client(Request("GET", "/", "web01.corp.example"))
	if n := k.Frame().Number; n != 7 { // SYN, SYN/ACK, ACK, two segments, their ACK, the last
		t.Errorf("split request: frame %d, want 7", n)
	}
	k.Server(Response(200, 5000))
	if head, end := k.Head().Number, k.Frame().Number; head != 8 || end != 12 {
		t.Errorf("response with a long body: head in frame %d, end in %d, want 8 and 12", head, end)
	}
}

func TestLostFrameComesWithItsRetransmission(t *testing.T) {
	c := New()
	k := c.Dial(pc, web.At(80)).Lose(1).Client("lost\r\n\r\n")
	if n := k.Frame().Number; n != 0 {
		t.Fatalf("lost: frame %d, want 0", n)
	}
	k.Retransmit()
	f := k.Frame()
	if f.Number == 0 || read(t, c.Frames()[f.Number-1]).data != "lost\r\n\r\n" {
		t.Errorf("retransmitted: frame %d does not hold the message", f.Number)
	}
}

func TestSwappedSegments(t *testing.T) {
	c := New()
	k := c.Dial(pc, web.At(80)).Split(4).Swap().Client("one two\r\n\r\n")
	var order []string
	for _, f := range c.Frames()[3:] {
		if s := read(t, f); s.data != "" {
			order = append(order, s.data)
		}
	}
	if got := strings.Join(order, "|"); got != "two\r\n\r\n|one " {
		t.Errorf("captured %q", got)
	}
	if n := k.Frame().Number; n != 4 {
		t.Errorf("head complete in frame %d, want 4, that of its last bytes", n)
	}
}

func TestCopiesShareSequenceNumbers(t *testing.T) {
	vip, real := NewHost("10.9.0.100"), NewHost("10.9.0.21")
	tests := []struct {
		name   string
		option ConnOption
		dst    string
	}{
		{"mirror", Mirrored(30, 1), "10.9.0.100:80"},
		{"nat", NAT(NewHost("10.9.1.1").At(6000), real.At(8080)), "10.9.0.21:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New()
			c.Dial(pc, vip.At(80), tt.option).Client("x").Close()
			for i := 0; i < len(c.Frames()); i += 2 {
				a, b := read(t, c.Frames()[i]), read(t, c.Frames()[i+1])
				if a.seq != b.seq || a.data != b.data {
					t.Errorf("frame %d is no copy of frame %d", i+2, i+1)
				}
			}
			if got := read(t, c.Frames()[1]).dst.String(); got != tt.dst {
				t.Errorf("copy goes to %s, want %s", got, tt.dst)
			}
		})
	}
}

func TestDelayedAcknowledgement(t *testing.T) {
	c := New()
	k := c.Dial(pc, web.At(80)).Client("x")
	before := len(c.Frames())
	k.Wait(30 * time.Millisecond)
	if n := len(c.Frames()); n != before {
		t.Errorf("acknowledged after 30 ms")
	}
	k.Wait(30 * time.Millisecond)
	if n := len(c.Frames()); n != before+1 {
		t.Errorf("%d packets after 60 ms, want the acknowledgement alone", n-before)
	}
}

func TestFileHeaders(t *testing.T) {
	c := New(On(SLL2), At(web), Snaplen(80))
	c.Dial(pc, web.At(80)).Client(Request("GET", "/", "web01.corp.example"))
	tests := []struct {
		name string
		file []byte
		want []byte
	}{
		{"micro", c.PCAP(), []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}},
		{"nano, big-endian", c.PCAP(Nano, BigEndian), []byte{0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4}},
		{"pcapng", c.PCAPNG(), []byte{0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0}},
	}
	for _, tt := range tests {
		if !bytes.HasPrefix(tt.file, tt.want) {
			t.Errorf("%s: begins % x", tt.name, tt.file[:8])
		}
	}
	if got := binary.LittleEndian.Uint32(c.PCAP()[20:]); got != 276 {
		t.Errorf("link type %d, want 276", got)
	}
	for _, f := range c.Frames() {
		if len(f.Data) > 80 || f.Data[10] != 4*byte(f.Direction/Outbound) {
			t.Errorf("frame %d: %d bytes, packet type %d", f.Number, len(f.Data), f.Data[10])
		}
	}
}
