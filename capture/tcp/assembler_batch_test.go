package tcp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
	"ntlmtrace/capture/packet"
)

// ledger writes down every call of a consumer. What it advises depends on the
// bytes alone.
type ledger struct {
	lines []string
	stats string // of the Assembler, at the end
}

func (l *ledger) all() *ledger { return l }

func (l *ledger) Data(c *Conn, s *Segment) Advice {
	l.lines = append(l.lines, fmt.Sprint(c.ID(), c.Endpoint(s.Dir), s.Stamp, s.Dir, s.Lost, s.Data))
	switch first := s.Data[0]; {
	case first == 0:
		return Ignore
	case first == 1:
		return Mute
	case first < 20:
		return Skip(int64(first))
	}
	return More
}

func (l *ledger) Skipped(c *Conn, d capture.Dir, at capture.Stamp) {
	l.lines = append(l.lines, fmt.Sprint(c.ID(), "skipped", d, at))
}

func (l *ledger) HalfClosed(c *Conn, d capture.Dir, at capture.Stamp) {
	l.lines = append(l.lines, fmt.Sprint(c.ID(), "fin", d, at))
}

func (l *ledger) Closed(c *Conn, at capture.Stamp, how capture.End) {
	l.lines = append(l.lines, fmt.Sprint(c.ID(), how, at, c.flags, c.half, c.RoundTrip()))
}

// datagramLedger is a ledger that takes datagrams as well.
type datagramLedger struct{ ledger }

func (l *datagramLedger) WantsDatagrams() bool { return true }

func (l *datagramLedger) Datagram(g *capture.Datagram) {
	l.lines = append(l.lines, fmt.Sprint(datagramLine, *g))
}

// datagramLine begins the line of a datagram.
const datagramLine = "datagram "

// crowd makes n packets of a few connections that open, go on out of order, are
// cut, end, and come again on the same ports: plain ones, tagged ones,
// fragments, and what is none of these.
func crowd(r *rand.Rand, n int) []capture.Packet {
	type side struct{ seq [2]uint32 }
	sides := make([]side, 1+r.IntN(40))
	var ps []capture.Packet
	now := int64(1e18)
	for len(ps) < n {
		i, d := r.IntN(len(sides)), r.IntN(2)
		s := &sides[i]
		payload := make([]byte, r.IntN(60)*r.IntN(2))
		for k := range payload {
			payload[k] = byte(r.Uint32())
		}
		flags := []uint8{packet.FlagACK, packet.FlagACK, packet.FlagACK, packet.FlagACK, packet.FlagACK, packet.FlagACK | packet.FlagPSH, packet.FlagSYN, packet.FlagSYN | packet.FlagACK, packet.FlagFIN | packet.FlagACK, packet.FlagRST}[r.IntN(10)]
		seq := s.seq[d] + uint32(r.IntN(5)/4*r.IntN(100))
		frame := tcpFrame(i, d, seq, s.seq[1-d], flags, payload)
		s.seq[d] += uint32(len(payload)) + uint32(flags&(packet.FlagSYN|packet.FlagFIN))%2
		now += r.Int64N(2e6)
		if r.IntN(500) == 0 {
			now += []int64{2 * int64(3600e9), -int64(3600e9)}[r.IntN(2)]
		}
		for _, b := range dress(r, frame) {
			p := capture.Packet{Stamp: capture.Stamp{Frame: int64(len(ps) + 1), Time: now}, Data: b, Length: len(b), Link: capture.LinkEthernet, Direction: capture.Direction(r.IntN(3))}
			if r.IntN(20) == 0 {
				p.Data = b[:r.IntN(len(b))]
			}
			ps = append(ps, p)
		}
	}
	return ps
}

// tcpFrame makes an Ethernet frame of connection i, direction d. Every fifth
// connection is of IPv6.
func tcpFrame(i, d int, seq, ack uint32, flags uint8, payload []byte) []byte {
	be := binary.BigEndian
	ends := [2]byte{byte(1 + i), 200}
	ports := [2]uint16{uint16(1024 + i), 80}
	b := make([]byte, 12, 200)
	if i%5 == 4 {
		b = be.AppendUint16(b, assigned.EtherIPv6)
		b = append(b, 0x60, 0, 0, 0)
		b = be.AppendUint16(b, uint16(20+len(payload)))
		b = append(b, assigned.ProtoTCP, 64)
		b = append(append(b, make([]byte, 15)...), ends[d])
		b = append(append(b, make([]byte, 15)...), ends[1-d])
	} else {
		b = be.AppendUint16(b, assigned.EtherIPv4)
		b = append(b, 0x45, 0)
		b = be.AppendUint16(b, uint16(40+len(payload)))
		b = be.AppendUint16(b, uint16(seq)|1)
		b = append(b, 0, 0, 64, assigned.ProtoTCP, 0, 0, 10, 0, 0, ends[d], 10, 0, 0, ends[1-d])
	}
	b = be.AppendUint16(be.AppendUint16(b, ports[d]), ports[1-d])
	b = be.AppendUint32(be.AppendUint32(b, seq), ack)
	b = append(b, 5<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, payload...)
}

// dress leaves a frame as it is, or tags it, divides it into fragments, damages
// it, makes it UDP, or adds a frame of another protocol.
func dress(r *rand.Rand, b []byte) [][]byte {
	const ip = 14
	v4, kind := b[ip]>>4 == 4, r.IntN(12)
	if kind == 4 || kind == 5 {
		at, header := ip+9, ip+20
		if !v4 {
			at, header = ip+6, ip+40
		}
		b[at] = assigned.ProtoUDP
		binary.BigEndian.PutUint16(b[header+4:], uint16((len(b)-header)*(r.IntN(8)+1)/2))
		kind -= 2 // in fragments, or whole
	}
	switch kind {
	case 0:
		return [][]byte{slices.Insert(b, 12, 0x81, 0, 0, 7)}
	case 1:
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	case 2:
		return [][]byte{{0: 0xff, 12: 8, 13: 6, 59: 0}, b}
	case 3:
		if !v4 {
			break
		}
		first, second := bytes.Clone(b[:ip+20+16]), append(bytes.Clone(b[:ip+20]), b[ip+20+16:]...)
		first[ip+6] = 0x20
		second[ip+7] = 2
		for _, part := range [][]byte{first, second} {
			binary.BigEndian.PutUint16(part[ip+2:], uint16(len(part)-ip))
		}
		return [][]byte{first, second}
	}
	return [][]byte{b}
}

// checkAhead wants of packets that are given several at once what they give one
// by one.
func checkAhead(t *testing.T, seed uint64, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	ps := crowd(r, n)
	o := AssemblerOptions{}
	if seed%4 == 0 {
		o.Memory = 4 << 10 // some must go
	}
	one, several := followBoth(o, r, ps, new(ledger), new(ledger))
	compareLedgers(t, one, several)
	oneUDP, severalUDP := followBoth(o, r, ps, new(datagramLedger), new(datagramLedger))
	compareLedgers(t, oneUDP, severalUDP)
	// Datagrams leave what the connections give as it is.
	before := len(oneUDP.lines)
	oneUDP.lines = slices.DeleteFunc(oneUDP.lines, func(s string) bool { return strings.HasPrefix(s, datagramLine) })
	if n >= 300 && before == len(oneUDP.lines) {
		t.Error("no datagrams")
	}
	oneUDP.stats, one.stats = "", ""
	compareLedgers(t, one, oneUDP)
}

// followBoth follows ps one by one, and several at a time.
func followBoth[C interface {
	Consumer
	all() *ledger
}](o AssemblerOptions, r *rand.Rand, ps []capture.Packet, x, y C) (one, several *ledger) {
	a, b := NewAssembler(o, x), NewAssembler(o, y)
	for i := range ps {
		a.Packet(&ps[i])
	}
	for rest := ps; len(rest) > 0; {
		k := min(len(rest), 1+r.IntN(3*batchPackets))
		b.Packets(rest[:k])
		rest = rest[k:]
	}
	a.Close()
	b.Close()
	one, several = x.all(), y.all()
	one.stats, several.stats = fmt.Sprint(a.Stats()), fmt.Sprint(b.Stats())
	return one, several
}

// compareLedgers wants both to be the same.
func compareLedgers(t *testing.T, want, got *ledger) {
	t.Helper()
	for i := range min(len(want.lines), len(got.lines)) {
		if want.lines[i] != got.lines[i] {
			t.Fatalf("call %d:\n got %s\nwant %s", i, got.lines[i], want.lines[i])
		}
	}
	if want.stats != got.stats || len(want.lines) != len(got.lines) {
		t.Fatalf("%d and %d calls\n got %s\nwant %s", len(got.lines), len(want.lines), got.stats, want.stats)
	}
}

func TestSeveralPacketsAtOnce(t *testing.T) {
	for seed := range uint64(60) {
		checkAhead(t, seed, 2000)
	}
}

func FuzzPackets(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(300))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n uint16) { checkAhead(t, seed, int(n%3000)) })
}

// TestSweep wants idle connections to be found although most rounds look at
// none.
func TestSweep(t *testing.T) {
	const hour = int64(3600e9)
	c := new(countingConsumer)
	a := NewAssembler(AssemblerOptions{}, c)
	send := func(i int, at int64) {
		g := packet.TCP{Stamp: capture.Stamp{Frame: 1, Time: at}, Key: talkKey(1), Flags: packet.FlagACK, Payload: []byte("x")}
		spread(i, &g)
		g.Seq = uint32(at / 1e6)
		a.takeSegment(&g)
	}
	const conns, busy = 500, 100_000
	for i := range conns {
		send(i, int64(i))
	}
	turn := func(from, to int64) {
		for i := range 2 * conns * tidyEvery {
			send(busy, from+(to-from)*int64(i)/(2*conns*tidyEvery))
		}
	}
	turn(1000, hour-1000)
	if c.closed != 0 {
		t.Fatalf("%d connections ended within the hour", c.closed)
	}
	for i := range conns / 2 {
		send(i, hour-1000+int64(i))
	}
	turn(hour+1000, hour+1000e6)
	if c.closed != conns/2 {
		t.Errorf("%d connections ended after the hour, want %d", c.closed, conns/2)
	}
	turn(hour+1000e6, 2*hour-2000)
	if c.closed != conns/2 {
		t.Errorf("%d connections ended before their hour, want %d", c.closed, conns/2)
	}
	turn(2*hour+1000, 2*hour+1000e6)
	if c.closed != conns {
		t.Errorf("%d connections ended, want %d", c.closed, conns)
	}
}
