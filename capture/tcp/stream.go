package tcp

import (
	"bytes"
	"math"
	"slices"
	"sort"
	"time"

	"ntlmtrace/capture"
)

// Limits for a hole in a direction of a connection: the bytes that are missing
// before others that wait.
const (
	// A hole behind which the other side has acknowledged bytes is lost to the
	// capture, not to the connection. But captures put an acknowledgement
	// before its data: queues of a network card are emptied in turn, and the
	// two taps of a line have two clocks. So some packets must follow, and
	// fewer if milliseconds have passed; the last limit is for a connection
	// that has become silent.
	ackedPackets    = 8
	ackedPacketsMin = 4
	ackedTime       = int64(50 * time.Millisecond)
	ackedTimeMax    = int64(3 * time.Second)
	// A hole that is not acknowledged may still be filled by a retransmission;
	// after 10 s the sender has tried four times or more.
	holeTime = int64(10 * time.Second)
	// pieceCost is charged for a piece besides its bytes, backlogCost for a
	// backlog. The first is more than the memory that a piece takes: it also
	// keeps lists short, for a piece that comes before others moves them.
	pieceCost   = 512
	backlogCost = 512
)

// backlog is what a connection keeps while something is missing in it. Few
// connections have one at a time.
type backlog struct {
	conn *Conn // nil if the backlog is free
	held int64 // what the pieces of both queues cost
	half [2]queue
}

// queue holds what waits in one direction of a connection.
type queue struct {
	pieces []piece // by sequence number; their bytes do not overlap
	head   int     // index of the first piece that still waits

	fin     uint32 // sequence number of a FIN that waits, if ended
	ended   bool
	asked   bool   // ack is set
	ack     uint32 // the highest number that the other side acknowledged since the queue began
	acked   bool   // the hole was acknowledged; the next three belong to this
	limit   uint32 // what was acknowledged then
	since   int64  // when
	packets int    // packets of the connection since then

	opened int64 // when next last moved, or the hole opened

	answer   bool   // the pieces answer bytes that are missing in the other direction
	answered uint32 // up to this sequence number of it
}

// piece is a run of bytes that wait for what is before them.
type piece struct {
	capture.Stamp
	data   []byte
	seq    uint32
	cut    uint32 // bytes after data that the capture did not keep
	copied bool   // data belongs to the queue, and its cost was charged
}

func (p piece) end() uint32 { return p.seq + uint32(len(p.data)) }

func (p piece) cost() int64 {
	if !p.copied {
		return 0
	}
	return int64(len(p.data)) + pieceCost
}

// waiting returns the pieces that still wait.
func (q *queue) waiting() []piece { return q.pieces[q.head:] }

// idle reports whether nothing waits in q.
func (q *queue) idle() bool { return q.head == len(q.pieces) && !q.ended }

// addPiece files the bytes of p between the pieces. Where they overlap, what
// was there first stays. With keep the bytes are copied. It reports how much
// that costs, how many pieces it made, and whether bytes that overlap differ.
func (q *queue) addPiece(p piece, keep bool) (cost int64, made int, conflict bool) {
	p.copied = keep
	w := q.waiting()
	i := q.head + sort.Search(len(w), func(i int) bool { return after(w[i].end(), p.seq) > 0 })
	for {
		n := uint32(len(p.data))
		if i == len(q.pieces) || after(q.pieces[i].seq, p.seq+n) >= 0 {
			q.insertPiece(i, p)
			return cost + p.cost(), made + 1, conflict
		}
		old := &q.pieces[i]
		if before := after(old.seq, p.seq); before > 0 {
			part := p
			part.data, part.cut = p.data[:before], 0
			p.data, p.seq = p.data[before:], old.seq
			i = q.insertPiece(i, part)
			cost += part.cost()
			made++
			old = &q.pieces[i]
		}
		known := old.data[p.seq-old.seq:]
		m := min(len(p.data), len(known))
		conflict = conflict || !bytes.Equal(p.data[:m], known[:m])
		p.data, p.seq = p.data[m:], p.seq+uint32(m)
		if len(p.data) == 0 {
			return cost, made, conflict
		}
		i++
	}
}

// insertPiece puts p at index i, and gives the index of what is after it then.
func (q *queue) insertPiece(i int, p piece) int {
	if p.copied {
		p.data = bytes.Clone(p.data)
	}
	if i == q.head && i > 0 {
		q.head--
		q.pieces[q.head] = p
		return i
	}
	q.pieces = slices.Insert(q.pieces, i, p)
	return i + 1
}

// popPiece takes the first piece.
func (q *queue) popPiece() piece {
	p := q.pieces[q.head]
	q.pieces[q.head] = piece{}
	q.head++
	switch {
	case q.head == len(q.pieces):
		q.pieces, q.head = q.pieces[:0], 0
	case q.head > 64 && q.head > len(q.pieces)/2:
		q.pieces = slices.Delete(q.pieces, 0, q.head)
		q.head = 0
	}
	return p
}

// ready reports whether the first piece begins at next or before, and is to be
// given.
func (q *queue) ready(next uint32) bool {
	return !q.answer && q.head < len(q.pieces) && after(q.pieces[q.head].seq, next) <= 0
}

// waitForAck makes q wait for the bytes before ack of the other direction.
func (q *queue) waitForAck(ack uint32) {
	if !q.answer || after(ack, q.answered) > 0 {
		q.answer, q.answered = true, ack
	}
}

// hole returns the sequence number after the hole: that of the first piece, or
// of the FIN.
func (q *queue) hole() uint32 {
	if q.head < len(q.pieces) {
		return q.pieces[q.head].seq
	}
	return q.fin
}

// noteAck takes an acknowledgement of the other side.
func (q *queue) noteAck(ack uint32) {
	if !q.asked || after(ack, q.ack) > 0 {
		q.asked, q.ack = true, ack
	}
}

// lostBefore returns up to where the bytes are lost when the hole is due: what
// was not acknowledged may still come.
func (q *queue) lostBefore() uint32 {
	if to := q.hole(); !q.acked || after(q.limit, to) > 0 {
		return to
	}
	return q.limit
}

// due reports whether the hole at next is to be given up.
func (q *queue) due(next uint32, now int64) bool {
	if q.idle() {
		return false
	}
	if !q.asked || after(q.ack, next) <= 0 {
		q.acked = false
		return now-q.opened >= holeTime
	}
	if !q.acked || after(q.limit, next) <= 0 {
		q.acked, q.limit, q.since, q.packets = true, q.ack, now, 0
	}
	waited := now - q.since
	return q.packets >= ackedPackets || q.packets >= ackedPacketsMin && waited >= ackedTime || waited >= ackedTimeMax
}

// clear drops what waits and gives what it cost.
func (q *queue) clear() (cost int64) {
	for _, p := range q.waiting() {
		cost += p.cost()
	}
	clear(q.pieces)
	*q = queue{pieces: q.pieces[:0]}
	if cap(q.pieces) > 64 {
		q.pieces = nil
	}
	return cost
}

// firstFrame returns the frame of the first piece; a FIN alone comes after all.
func (q *queue) firstFrame() int64 {
	if q.head < len(q.pieces) {
		return q.pieces[q.head].Frame
	}
	return math.MaxInt64
}
