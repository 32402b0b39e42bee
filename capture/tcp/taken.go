package tcp

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// Keep says that the packets of the connection are wanted even when the
// consumer wants nothing more of it: Taken.Ignored stays false.
func (c *Conn) Keep() { c.half[0].flags |= halfKept }

// Flow names the connection. It is that of another one once the ports are used
// again.
func (c *Conn) Flow() packet.FlowID { return c.key.ID() }

// Taken says what an Assembler found in a packet.
type Taken struct {
	// TCP is true if the packet held a TCP segment or completed one. All below
	// but Fragment and Datagram is valid only then.
	TCP bool
	// Ignored is true if it is of a connection that the consumer ignores and
	// that was not kept (Conn.Keep). All below but Fragment and Datagram is
	// valid only if it is not.
	Ignored bool
	Flow    packet.FlowID
	Opens   bool // SYN without ACK
	Ends    bool // FIN or RST
	Payload int  // bytes of payload on the wire
	Headers int  // bytes of the packet's Data before the payload; -1 if that is not in one piece

	// Fragment is true if the packet was a fragment of Datagram that was
	// accepted. With TCP it was the last one that was missing.
	Fragment bool
	Datagram packet.FlowID
}

// Take is Packet, and says in t what was found.
func (a *Assembler) Take(p *capture.Packet, t *Taken) {
	before, accepted := a.stats.TCP, a.decoder.AcceptedFragments()
	a.Packet(p)
	t.TCP = a.stats.TCP != before
	if t.Fragment = a.decoder.AcceptedFragments() != accepted; t.Fragment {
		t.Datagram = a.decoder.LastFragment()
	}
	if a.taken = nil; !t.TCP {
		return
	}
	s := &a.seg
	a.taken = a.conns.find(&s.Key)
	if c := a.taken; c != nil && c.flags&connIgnored != 0 && c.half[0].flags&halfKept == 0 {
		t.Ignored = true
		return
	}
	t.Ignored = false
	t.Flow = s.Key.ID()
	t.Opens = s.Flags&(packet.FlagSYN|packet.FlagACK) == packet.FlagSYN
	t.Ends = s.Flags&(packet.FlagFIN|packet.FlagRST) != 0
	t.Payload = len(s.Payload) + s.Cut
	t.Headers = offsetIn(p.Data, s.Payload)
}

// Unwanted reports whether the consumer has no use for the payload of the
// packet that was taken last: all of it is in a body that is skipped, was there
// before, or is of a direction or connection that is not wanted. It has no
// meaning if the consumer was given bytes of the connection with that packet.
func (a *Assembler) Unwanted() bool {
	s := &a.seg
	n := len(s.Payload) + s.Cut
	c := a.taken
	if c == nil || n == 0 {
		return false
	}
	h := &c.half[s.Dir]
	return c.flags&connIgnored != 0 || h.flags&halfMuted != 0 || after(s.Seq+uint32(n), h.next) <= 0
}

// offsetIn returns where part, if it is one, begins in whole; else -1. A part
// cut from the whole has the same end of its memory.
func offsetIn(whole, part []byte) int {
	n := cap(whole) - cap(part)
	if len(part) == 0 || n < 0 || n > len(whole)-len(part) || &whole[n] != &part[0] {
		return -1
	}
	return n
}
