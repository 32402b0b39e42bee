package tcp

import (
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// synTable remembers the last SYNs, so that a connection that is entered on its
// first payload knows whether it was seen from its start, who opened it and how
// long the way is. It never grows: a scan costs nothing. The SYNs that hash to
// one set, a cache line of eight, push each other out, the oldest first. Both
// directions of a connection have one set: what one of them finds the other one
// needs.
type synTable [1 << 13]synSet

// synSet is a set of entries, the newest first.
type synSet [8]synEntry

// synEntry is a SYN or a SYN/ACK.
type synEntry struct {
	next uint32 // sequence number after it
	info uint32 // 6 bits of hash, never 0 in use; 1 bit: its direction; 1 bit: it is a SYN/ACK; 3 bits: its mark; 21 bits of time
}

const (
	synTagShift  = 25
	synAnswer    = 1 << 24 // info of a SYN/ACK
	synMarkShift = 21
	synTime      = 1<<synMarkShift - 1
	synTick      = 4 * time.Microsecond // unit of the time
	// maxRoundTrip is half of the 8.4 s after which the ticks of a synEntry
	// begin again, so that a clock set back is not taken for a long way. What
	// takes longer has been sent again before.
	maxRoundTrip = 1 << (synMarkShift - 1)
)

// answer reports whether the entry is a SYN/ACK.
func (e synEntry) answer() bool { return e.info&synAnswer != 0 }

// mark is how the SYN passed the capturing machine, or that it was forwarded:
// the first packet of its side, long before that side has payload.
func (e synEntry) mark() capture.Direction { return capture.Direction(e.info >> synMarkShift & 7) }

func (e *synEntry) setMark(mark capture.Direction) {
	e.info = e.info&^(7<<synMarkShift) | uint32(mark)<<synMarkShift
}

// roundTrip returns the microseconds that a SYN/ACK keeps in place of its time.
func (e synEntry) roundTrip() uint32 {
	return e.info & synTime * uint32(synTick/time.Microsecond)
}

// place returns the set of the SYNs of key, and the tag of that of direction 0;
// that of direction 1 is one more. The hash has no secret: which SYN pushes out
// which is the same in every run.
func (s *synTable) place(key *packet.FlowKey) (*synSet, uint32) {
	h := key.FixedHash()
	return &s[h%uint64(len(s))], (uint32(h>>32)%63 + 1) << 1
}

// find returns the place in set of the entry with this tag whose sequence
// number is near seq; -1 if there is none.
func (set *synSet) find(tag, seq uint32) int {
	for i := range set {
		if set[i].info>>synTagShift == tag && near(seq, set[i].next) {
			return i
		}
	}
	return -1
}

// take returns the entry with this tag, if it has one near seq, and forgets it.
func (set *synSet) take(tag, seq uint32) (synEntry, bool) {
	i := set.find(tag, seq)
	if i < 0 {
		return synEntry{}, false
	}
	e := set[i]
	copy(set[i:], set[i+1:])
	set[len(set)-1] = synEntry{}
	return e, true
}

// add remembers the SYN or SYN/ACK in t. A SYN/ACK keeps the round trip in
// place of its time; when it comes again the first one counts.
func (s *synTable) add(t *packet.TCP) {
	set, tag := s.place(&t.Key)
	peer := tag | uint32(1-t.Dir)
	tag |= uint32(t.Dir)
	e := synEntry{next: t.Seq + 1, info: tag<<synTagShift | uint32(t.Mark)<<synMarkShift}
	i := set.find(tag, e.next)
	if i >= 0 && set[i].next == e.next {
		mark := mergeMarks(set[i].mark(), t.Mark)
		set[i].setMark(mark)
		e.setMark(mark)
	}
	if t.Flags&packet.FlagACK == 0 {
		e.info |= synTicks(t.Time)
	} else {
		if i >= 0 && set[i].answer() && set[i].next == e.next {
			return
		}
		e.info |= synAnswer | set.roundTrip(peer, t)
	}
	if i < 0 {
		i = len(set) - 1
	}
	copy(set[1:i+1], set[:i])
	set[0] = e
}

// roundTrip returns the ticks from the SYN to the SYN/ACK in t, at least 1; 0
// if the SYN, whose tag is that of the peer, is not known.
func (set *synSet) roundTrip(peer uint32, t *packet.TCP) uint32 {
	i := set.find(peer, t.Ack)
	if i < 0 || set[i].answer() || set[i].next != t.Ack {
		return 0
	}
	rtt := (synTicks(t.Time) - set[i].info) & synTime
	if rtt > maxRoundTrip {
		return 0 // longer, or the clock was set back
	}
	return max(1, rtt)
}

func synTicks(t int64) uint32 { return uint32(t/int64(synTick)) & synTime }
