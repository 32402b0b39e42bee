package capture

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// synTable remembers the last SYNs, so that a connection that is entered on
// its first payload knows whether it was seen from its start, who opened it and how
// long the way is. It has one place for each address pair and direction that
// hash to the same number, and never grows: a scan costs nothing.
type synTable [1 << 16]synEntry

// synEntry is a SYN or a SYN/ACK.
type synEntry struct {
	next uint32 // sequence number after it
	info uint32 // 6 bits of hash, never 0 in use; 1 bit: it is a SYN/ACK; 2 bits: its mark; 23 bits of time
}

const (
	synAnswer    = 1 << 25 // info of a SYN/ACK
	synMarkShift = 23
	synTime      = 1<<synMarkShift - 1
	synTagShift  = 26
	// maxRoundTrip is half of the 8.4 s after which the microseconds of a synEntry begin
	// again, so that a clock set back is told from a long way. What takes
	// longer has been sent again before.
	maxRoundTrip = 1 << (synMarkShift - 1)
)

// answer reports whether the entry is a SYN/ACK.
func (e synEntry) answer() bool { return e.info&synAnswer != 0 }

// mark is how the SYN passed the capturing machine: the first packet of its
// side, long before that side has payload.
func (e synEntry) mark() Direction { return Direction(e.info >> synMarkShift & 3) }

// place gives where the SYN of direction d of key is kept, and its tag. The
// hash has no secret: which SYN overwrites which is the same in every run.
func (s *synTable) place(key *flowKey, d Dir) (*synEntry, uint32) {
	h := uint64(key.port[0])<<24 | uint64(key.port[1])<<8 | uint64(d)
	for _, a := range key.addr {
		for i := 0; i < len(a); i += 8 {
			hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, binary.LittleEndian.Uint64(a[i:])^0xc2b2ae3d27d4eb4f)
			h = bits.RotateLeft64(h, 23) ^ hi ^ lo
		}
	}
	hi, lo := bits.Mul64(h^0x165667b19e3779f9, 0x9e3779b97f4a7c15)
	h = hi ^ lo
	return &s[h&(1<<16-1)], uint32(h>>32)%63 + 1
}

// find gives the entry of direction d of key.
func (s *synTable) find(key *flowKey, d Dir) (synEntry, bool) {
	e, tag := s.place(key, d)
	return *e, e.info>>synTagShift == tag
}

// take gives the entry of direction d of key and forgets it.
func (s *synTable) take(key *flowKey, d Dir) (synEntry, bool) {
	e, tag := s.place(key, d)
	if e.info>>synTagShift != tag {
		return synEntry{}, false
	}
	was := *e
	*e = synEntry{}
	return was, true
}

// note remembers the SYN or SYN/ACK in t. A SYN/ACK keeps the round trip in
// place of its time; when it comes again the first one counts.
func (s *synTable) note(t *tcpSegment) {
	e, tag := s.place(&t.key, t.dir)
	next := t.seq + 1
	tag = tag<<synTagShift | uint32(t.mark)<<synMarkShift
	if t.flags&flagACK == 0 {
		*e = synEntry{next, tag | micros(t.Time)}
		return
	}
	if e.info>>synTagShift == tag>>synTagShift && e.answer() && e.next == next {
		return
	}
	*e = synEntry{next, tag | synAnswer | s.roundTrip(t)}
}

// roundTrip gives the microseconds from the SYN to the SYN/ACK in t, at least
// 1; 0 if the SYN is not known.
func (s *synTable) roundTrip(t *tcpSegment) uint32 {
	syn, ok := s.find(&t.key, 1-t.dir)
	if !ok || syn.answer() || syn.next != t.ack {
		return 0
	}
	rtt := (micros(t.Time) - syn.info) & synTime
	if rtt > maxRoundTrip {
		return 0 // longer, or the clock was set back
	}
	return max(1, rtt)
}

func micros(t int64) uint32 { return uint32(t/int64(time.Microsecond)) & synTime }
