package tcp

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// twoStreams is a connection of which both streams are known. It is cut into
// packets in many ways, and is itself the consumer that must get the streams
// back.
type twoStreams struct {
	t      testing.TB
	r      *rand.Rand
	stream [2][]byte
	lossy  [2][]bool // bytes that were not captured
	pos    [2]int    // of the byte that the consumer expects next
	fin    [2]bool
	ended  bool
	how    capture.End
	strict bool // only bytes that were not captured may be lost
	skips  bool
}

func (s *twoStreams) Data(c *Conn, g *Segment) Advice {
	pos := &s.pos[g.Dir]
	if s.ended || s.fin[g.Dir] || g.Lost < 0 || len(g.Data) == 0 {
		s.t.Fatalf("direction %d at %d: data after the end, or lost %d, or nothing", g.Dir, *pos, g.Lost)
	}
	for i := *pos; i < *pos+int(g.Lost); i++ {
		if s.strict && !s.lossy[g.Dir][i] {
			s.t.Fatalf("direction %d: byte %d was captured and is said to be lost", g.Dir, i)
		}
	}
	*pos += int(g.Lost)
	want := s.stream[g.Dir][min(*pos, len(s.stream[g.Dir])):]
	if !bytes.HasPrefix(want, g.Data) {
		s.t.Fatalf("direction %d at %d: got %d other bytes than sent", g.Dir, *pos, len(g.Data))
	}
	*pos += len(g.Data)
	if s.skips && s.r.IntN(4) == 0 {
		n := s.r.IntN(300)
		*pos += n
		return Skip(int64(n))
	}
	return More
}

func (*twoStreams) Skipped(*Conn, capture.Dir, capture.Stamp) {}

func (s *twoStreams) HalfClosed(_ *Conn, d capture.Dir, _ capture.Stamp) {
	if s.ended || s.fin[d] {
		s.t.Fatalf("direction %d ended twice", d)
	}
	s.fin[d] = true
}

func (s *twoStreams) Closed(_ *Conn, _ capture.Stamp, how capture.End) {
	if s.ended {
		s.t.Fatal("closed twice")
	}
	s.ended, s.how = true, how
}

// sent is bytes from, to of a stream as one packet; with fin the FIN follows.
type sent struct {
	dir      capture.Dir
	from, to int
	kept     int // bytes that the capture kept
	fin      bool
	dropped  bool
}

// cut cuts a stream into packets that may overlap and come twice.
func (s *twoStreams) cut(d capture.Dir, overlap bool) (parts []sent) {
	n := len(s.stream[d])
	for at := 0; at < n; {
		p := sent{dir: d, from: at, to: min(n, at+1+s.r.IntN(200))}
		at = p.to
		if overlap {
			p.from = max(0, p.from-s.r.IntN(60))
		}
		p.kept = p.to - p.from
		parts = append(parts, p)
		if overlap && s.r.IntN(5) == 0 {
			parts = append(parts, parts[s.r.IntN(len(parts))])
		}
	}
	return append(parts, sent{dir: d, from: n, to: n, fin: true})
}

// merge puts the packets of both directions in one order, each in its own.
func (s *twoStreams) merge(a, b []sent) (all []sent) {
	for len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && s.r.IntN(2) == 0 {
			a, b = b, a
		}
		all = append(all, b[0])
		b = b[1:]
	}
	return all
}

// lose drops some packets and cuts the tail of others.
func (s *twoStreams) lose(parts []sent) {
	for i := range parts {
		p := &parts[i]
		switch s.r.IntN(8) {
		case 0:
			p.dropped = true
			p.kept = 0
		case 1:
			p.kept = s.r.IntN(p.kept + 1)
		}
		for k := p.from + p.kept; k < p.to; k++ {
			s.lossy[p.dir][k] = true
		}
	}
}

// swap moves packets up to reach places away.
func (s *twoStreams) swap(parts []sent, reach int) {
	for i := range parts {
		j := min(len(parts)-1, i+s.r.IntN(reach+1))
		parts[i], parts[j] = parts[j], parts[i]
	}
}

// play sends the packets to an Assembler. Acknowledgements are what a peer at
// the capture point would send, had it got the dropped packets too.
func (s *twoStreams) play(parts []sent, isn [2]uint32) capture.Stats {
	a := NewAssembler(AssemblerOptions{}, s)
	now := capture.Stamp{Time: 1e18}
	var got [2][]bool
	var ack [2]uint32
	for d := range got {
		got[d] = make([]bool, len(s.stream[d])+1)
	}
	send := func(d capture.Dir, seq uint32, flags uint8, p []byte, cut int) {
		now.Frame++
		now.Time += int64(100 * time.Microsecond)
		a.takeSegment(&packet.TCP{
			Stamp: now, Key: talkKey(1), Dir: d, Flags: flags, HasID: true, ID: uint16(now.Frame),
			Seq: seq, Ack: isn[1-d] + 1 + ack[1-d], Payload: p, Cut: cut,
		})
	}
	send(0, isn[0], packet.FlagSYN, nil, 0)
	send(1, isn[1], packet.FlagSYN|packet.FlagACK, nil, 0)
	for _, p := range parts {
		if !p.dropped {
			flags := uint8(packet.FlagACK)
			if p.fin {
				flags |= packet.FlagFIN
			}
			data := bytes.Clone(s.stream[p.dir][p.from : p.from+p.kept])
			send(p.dir, isn[p.dir]+1+uint32(p.from), flags, data, p.to-p.from-p.kept)
			clear(data)
		}
		for i := p.from; i < p.to; i++ {
			got[p.dir][i] = true
		}
		for got[p.dir][ack[p.dir]] {
			ack[p.dir]++
		}
	}
	a.Close()
	if a.held != 0 || len(a.freeBacklog) != len(a.backlogs)-1 {
		s.t.Fatalf("%d bytes held after the end, %d of %d backlogs free", a.held, len(a.freeBacklog), len(a.backlogs)-1)
	}
	return a.Stats()
}

func FuzzReassembly(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, uint8(seed), uint16(seed*37%3000), uint16(seed*91%3000))
	}
	f.Fuzz(func(t *testing.T, seed uint64, mode uint8, n0, n1 uint16) {
		s := &twoStreams{t: t, r: rand.New(rand.NewPCG(seed, 1)), skips: mode&1 != 0}
		for d, n := range [2]int{1 + int(n0)%4000, 1 + int(n1)%4000} {
			s.stream[d], s.lossy[d] = make([]byte, n), make([]bool, n)
			for i := range s.stream[d] {
				s.stream[d][i] = byte(s.r.Uint32())
			}
		}
		reorder, drop := mode&2 != 0, mode&4 != 0
		s.strict = !(reorder && drop)
		parts := s.merge(s.cut(0, mode&8 != 0 && !drop), s.cut(1, mode&8 != 0 && !drop))
		if drop {
			s.lose(parts)
		}
		if reorder {
			s.swap(parts, 1+int(mode>>4)*8)
		}
		s.check(s.play(parts, [2]uint32{uint32(seed * 77777), ^uint32(n0)}), reorder || drop, drop)
	})
}

// check checks what the consumer has when the capture has ended.
func (s *twoStreams) check(stats capture.Stats, disturbed, drop bool) {
	if stats.Conflicts != 0 || stats.Evicted != 0 || stats.DroppedBytes != 0 {
		s.t.Errorf("stats %+v", stats)
	}
	if drop {
		return
	}
	if stats.Gaps != 0 || stats.LostBytes != 0 {
		s.t.Errorf("nothing was lost, stats %+v", stats)
	}
	for d := range s.stream {
		if s.pos[d] < len(s.stream[d]) {
			s.t.Errorf("direction %d: got %d of %d bytes", d, s.pos[d], len(s.stream[d]))
		}
	}
	if !disturbed && (!s.fin[0] || !s.fin[1] || !s.ended || s.how != capture.Finished) {
		s.t.Errorf("ended %v, by %v, FIN %v", s.ended, s.how, s.fin)
	}
}
