package tcp

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// PassageConsumer is a Consumer that is told how packets passed the capturing
// machine, also those without payload and those of connections that it ignores.
type PassageConsumer interface {
	Consumer
	// Passage gives what a packet shows, before the bytes of that packet. It is
	// not called for packets without a mark. p is valid during the call only.
	Passage(p *capture.Passage)
}

// noteMark takes the mark of a packet of c in direction d.
func (a *Assembler) noteMark(c *Conn, d capture.Dir, mark capture.Direction, t *packet.TCP) {
	h := &c.half[d]
	if flag := markFlags[mark]; h.flags&flag == 0 {
		before := h.flags
		h.flags |= flag
		a.notePassage(c, d, mark, before, t)
	}
}

// markFlags are the flags of a half that has packets with a mark.
var markFlags = [...]halfFlags{
	capture.Inbound:  halfInbound,
	capture.Outbound: halfOutbound,
	capture.Passing:  halfPassing,
	capture.Looped:   halfLooped,
	forwarded:        halfForwarded,
}

// forwarded is the mark of a SYN that came and left again, for a synEntry.
const forwarded = capture.Looped + 1

// notePassage tells the consumer what the first packet with a mark shows of
// direction d of c, whose flags were before.
//
// What came and then left was forwarded. A packet that left first and came
// after that was thrown back, by a hub or the mirror port of a switch.
// Packets of both ends that left show the same: one end is not this machine.
func (a *Assembler) notePassage(c *Conn, d capture.Dir, mark capture.Direction, before halfFlags, t *packet.TCP) {
	from, to := c.Endpoint(d).Addr(), c.Endpoint(1-d).Addr()
	kind, again := capture.Sent, before&halfForwarded != 0
	switch mark {
	case capture.Passing:
		return
	case capture.Inbound:
		kind = capture.Arrived
	case capture.Outbound:
		if before&(halfInbound|halfPassing|halfForwarded) != 0 || c.half[1-d].flags&halfOutbound != 0 {
			kind = capture.Forwarded
		}
	case forwarded:
		kind = capture.Forwarded
	}
	if kind != capture.Sent && (from == to || from.IsLoopback() || to.IsLoopback()) {
		return // it came back on the loopback interface
	}
	if kind == capture.Forwarded {
		c.half[0].flags |= halfForwarded
		c.half[1].flags |= halfForwarded
	}
	a.passage = capture.Passage{Stamp: t.Stamp, From: from, To: to, Kind: kind, Interface: t.Through, Again: again}
	a.passages.Passage(&a.passage)
}

// mergeMarks returns the mark of a SYN that was seen with the mark old and then
// with the mark mark.
func mergeMarks(old, mark capture.Direction) capture.Direction {
	switch {
	case old == forwarded, mark == capture.Unmarked, old == capture.Outbound && mark != capture.Looped:
		return old
	case mark == capture.Outbound && (old == capture.Inbound || old == capture.Passing):
		return forwarded
	}
	return mark
}
