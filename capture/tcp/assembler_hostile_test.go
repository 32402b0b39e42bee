package tcp

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// strictConsumer checks the rules of Consumer, whatever the packets are.
type strictConsumer struct {
	t      testing.TB
	open   map[int64][2]bool // connections that were given and are open: their FINs
	over   map[int64]bool
	noLog  bool // the log is not kept
	log    []string
	advise func(c *Conn, s *Segment) Advice
}

func newStrictConsumer(t testing.TB) *strictConsumer {
	return &strictConsumer{t: t, open: map[int64][2]bool{}, over: map[int64]bool{}}
}

func (s *strictConsumer) Data(c *Conn, g *Segment) Advice {
	fin := s.open[c.ID()]
	if s.over[c.ID()] || fin[g.Dir] || len(g.Data) == 0 || g.Lost < -1 {
		s.t.Fatalf("connection %d: data %d, lost %d after the end", c.ID(), len(g.Data), g.Lost)
	}
	s.open[c.ID()] = fin
	s.note(c.ID(), c.Endpoint(g.Dir), g.Stamp, g.Lost, g.Data)
	if s.advise == nil {
		return More
	}
	advice := s.advise(c, g)
	if advice == Ignore {
		s.over[c.ID()] = true
		delete(s.open, c.ID())
	}
	return advice
}

func (*strictConsumer) Skipped(*Conn, capture.Dir, capture.Stamp) {}

func (s *strictConsumer) HalfClosed(c *Conn, d capture.Dir, at capture.Stamp) {
	fin, ok := s.open[c.ID()]
	if !ok || fin[d] {
		s.t.Fatalf("connection %d: direction %d ended out of turn", c.ID(), d)
	}
	fin[d] = true
	s.open[c.ID()] = fin
	s.note(c.ID(), d, at, "fin")
}

func (s *strictConsumer) Closed(c *Conn, at capture.Stamp, how capture.End) {
	if _, ok := s.open[c.ID()]; !ok {
		s.t.Fatalf("connection %d: closed out of turn", c.ID())
	}
	delete(s.open, c.ID())
	s.over[c.ID()] = true
	s.note(c.ID(), at, how)
}

func (s *strictConsumer) note(what ...any) {
	if !s.noLog {
		s.log = append(s.log, fmt.Sprint(what...))
	}
}

// finish closes a and checks that nothing is left in it.
func (s *strictConsumer) finish(a *Assembler) {
	a.Close()
	if len(s.open) != 0 || a.held != 0 || len(a.freeBacklog) != len(a.backlogs)-1 {
		s.t.Fatalf("at the end: %d open, %d bytes held, %d of %d backlogs free", len(s.open), a.held, len(a.freeBacklog), len(a.backlogs)-1)
	}
	for n := uint32(1); n < a.conns.fresh; n++ {
		if c := a.conns.at(n); c.id != 0 && c.flags&connClosed == 0 {
			s.t.Fatalf("connection %d is open", c.id)
		}
	}
}

// anySegments reads packets of up to 4 connections from b: 12 bytes each. No
// sequence number is far from the others, so that much of it means something.
func anySegments(b []byte, each func(t *packet.TCP)) {
	now := capture.Stamp{Time: 1e18}
	for ; len(b) >= 12; b = b[12:] {
		now.Frame++
		now.Time += int64(int8(b[0])) << (b[1] % 48)
		t := &packet.TCP{Stamp: now, Key: talkKey(uint16(b[2] % 4)), Dir: capture.Dir(b[2] >> 7), Flags: b[3]}
		if b[3]&0xc0 != 0 {
			t.Flags &= packet.FlagFIN | packet.FlagACK // SYN and RST are rarer
		}
		t.Seq = uint32(int16(binary.BigEndian.Uint16(b[4:]))) << (b[6] & 1 * 16)
		t.Ack = uint32(int16(binary.BigEndian.Uint16(b[7:]))) << (b[6] >> 1 & 1 * 16)
		t.Payload = make([]byte, b[9]&63)
		t.Cut = int(b[9] >> 6)
		t.HasID, t.ID = b[6]&4 != 0, uint16(b[10])
		t.Key.Hash = uint32(maphash.Comparable(talkSeed, t.Key))
		for i := range t.Payload {
			t.Payload[i] = byte(t.Seq) + byte(i) + b[11]>>7
		}
		each(t)
	}
}

// FuzzSegments plays packets that no TCP sends. What the consumer gets makes
// sense.
func FuzzSegments(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		b := make([]byte, 12*r.IntN(200))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b, uint8(r.Uint32()))
	}
	f.Fuzz(func(t *testing.T, b []byte, mode uint8) {
		s := newStrictConsumer(t)
		s.advise = func(c *Conn, g *Segment) Advice {
			switch h := uint8(g.Frame*31) ^ g.Data[0]*7; {
			case mode&1 != 0 && h < 30:
				return Advice(h) << (mode >> 4 * 3)
			case mode&2 != 0 && h > 250:
				return Ignore
			case mode&4 != 0 && h > 240:
				return Mute
			}
			return More
		}
		o := AssemblerOptions{ReorderedPerConn: 3000, Reordered: 5000}
		if mode&8 != 0 {
			o.Memory = 5000 + 2*connCost
		}
		a := NewAssembler(o, s)
		anySegments(b, a.takeSegment)
		s.finish(a)
	})
}

func TestSameCallsWhateverTheHash(t *testing.T) {
	var logs [2][]string
	for run := range logs {
		r := rand.New(rand.NewPCG(3, 4))
		s := newStrictConsumer(t)
		seed := maphash.MakeSeed()
		a := NewAssembler(AssemblerOptions{Memory: 40*connCost + 9000, Reordered: 9000}, s)
		for i := range 50_000 {
			g := packet.TCP{Stamp: capture.Stamp{Frame: int64(i), Time: int64(i) * 1e6}, Key: talkKey(uint16(r.IntN(90))), Dir: capture.Dir(r.IntN(2)), Flags: packet.FlagACK}
			g.Flags |= [...]uint8{packet.FlagSYN, packet.FlagRST, packet.FlagFIN, 0, 0, 0, 0, 0}[r.IntN(8)]
			g.Seq, g.Ack = uint32(r.IntN(200)), uint32(r.IntN(200))
			g.Payload = make([]byte, r.IntN(30))
			g.Key.Hash = uint32(maphash.Comparable(seed, g.Key))
			a.takeSegment(&g)
		}
		s.finish(a)
		logs[run] = s.log
	}
	if !slices.Equal(logs[0], logs[1]) {
		t.Errorf("%d and %d calls differ", len(logs[0]), len(logs[1]))
	}
}
