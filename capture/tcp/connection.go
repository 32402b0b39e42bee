package tcp

import (
	"net/netip"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// Conn is one TCP connection, from its first payload on. Millions may be open,
// so it is small and holds no pointer: the garbage collector does not look
// into the slabs that hold connections.
type Conn struct {
	key  packet.FlowKey
	last int64 // time of the last packet

	// Handle and State belong to the Consumer. They are zero at first.
	Handle uint32
	State  [2]uint8

	flags connFlags

	backlog   uint32 // number of its backlog, 0 if none; the next free place in a place that is free
	roundTrip uint32 // microseconds, 0 if unknown

	half [2]half
	id   int64 // 0 for a place that is free
}

// half is one direction of a connection.
type half struct {
	next  uint32 // sequence number that is wanted next
	high  uint32 // sequence number after the last byte seen; below next inside a skipped body
	start uint32 // sequence number of the first byte, if halfStart is set
	lost  uint32 // bytes missing right before next that were not reported yet
	id    uint16 // what tells the last segment from its copies, see identity
	flags halfFlags
}

// connFlags are the facts of a connection that take one bit.
type connFlags uint8

const (
	connInitiator connFlags = 1 << iota // who sent the SYN is known
	connSwapped                         // endpoint 1 sent it, if it is known
	connConflict                        // bytes differed in an overlap
	connCopied                          // a packet was captured twice
	connIgnored                         // a tombstone: the consumer wants nothing more of it
	connClosed                          // it has ended, its place is about to be freed
	connUnseen                          // a direction sent bytes of which none was captured
	connBoth                            // both directions had payload
)

// halfFlags are the facts of a direction that take one bit.
type halfFlags uint16

const (
	halfStart     halfFlags = 1 << iota // start is known, exactly or as what the other side acknowledged first
	halfSYN                             // start comes from a SYN
	halfStarted                         // the first byte given was that after the SYN
	halfSeen                            // it had payload
	halfGiven                           // some of it was given to the consumer
	halfMuted                           // the consumer wants nothing more of it
	halfFIN                             // it has ended by FIN
	halfLost                            // a gap was seen
	halfInbound                         // packets were marked as received by the capturing machine,
	halfOutbound                        // as sent by it,
	halfPassing                         // as received and addressed to another one,
	halfLooped                          // as sent by it to itself
	halfForwarded                       // the capturing machine forwards packets of the connection
	halfKept                            // of direction 0: Keep was called for the connection
)

// touch loads the cache lines of c: two or, for every second one, three.
func (c *Conn) touch() uint64 { return c.key.Addr[0].Lo ^ uint64(c.half[0].next) ^ uint64(c.id) }

// ID numbers the connections of a capture 1, 2, 3, ... by their first payload.
func (c *Conn) ID() int64 { return c.id }

// Endpoint returns the address and port that sends direction d.
func (c *Conn) Endpoint(d capture.Dir) netip.AddrPort {
	return c.key.Endpoint(d)
}

// Started reports whether the SYN of direction d was captured and its first
// byte came right after it, so that nothing is missing before it.
func (c *Conn) Started(d capture.Dir) bool { return c.half[d].flags&halfStarted != 0 }

// First returns the sequence number of the first byte of direction d, if it is
// known: from its SYN, or as the other side acknowledged it first.
func (c *Conn) First(d capture.Dir) (seq uint32, known bool) {
	return c.half[d].start, c.half[d].flags&halfStart != 0
}

// Seen reports whether direction d had payload.
func (c *Conn) Seen(d capture.Dir) bool { return c.half[d].flags&halfSeen != 0 }

// Lost reports whether bytes of direction d, after its first one, are missing.
// Bytes that were skipped are not missing.
func (c *Conn) Lost(d capture.Dir) bool { return c.half[d].flags&halfLost != 0 }

// Conflict reports whether the same bytes of the connection came twice with
// different content. What came first was given.
func (c *Conn) Conflict() bool { return c.flags&connConflict != 0 }

// Initiator returns the endpoint that opened the connection, and whether that
// is known: it is if a SYN, or the SYN/ACK that answered it, was captured.
func (c *Conn) Initiator() (capture.Dir, bool) {
	if c.flags&connSwapped != 0 {
		return 1, true
	}
	return 0, c.flags&connInitiator != 0
}

// RoundTrip returns the time from the SYN to its SYN/ACK where the capture was
// made, in steps of 4 microseconds, the least of which is also what a shorter
// one gives; 0 if unknown.
func (c *Conn) RoundTrip() time.Duration {
	return time.Duration(c.roundTrip) * time.Microsecond
}

// openedBy notes that direction d sent a SYN, or with answer a SYN/ACK. The
// first to be seen counts.
func (c *Conn) openedBy(d capture.Dir, answer bool) {
	if c.flags&connInitiator != 0 {
		return
	}
	c.flags |= connInitiator
	if answer == (d == 0) {
		c.flags |= connSwapped
	}
}

// isGiven reports whether the consumer knows the connection.
func (c *Conn) isGiven() bool { return (c.half[0].flags|c.half[1].flags)&halfGiven != 0 }

// oneSided reports whether one direction only was captured: it alone had
// payload, and what it or the other one acknowledged shows that both did.
func (c *Conn) oneSided() bool {
	return c.flags&connUnseen != 0 && c.Seen(0) != c.Seen(1)
}

// beginAt sets where a direction starts.
func (h *half) beginAt(seq uint32, flags halfFlags) {
	h.start, h.next, h.high = seq, seq, seq
	h.flags = h.flags&^(halfStart|halfSYN) | halfStart | flags
}

// fits reports whether a packet with sequence number seq can be of this
// direction.
func (h *half) fits(seq uint32) bool {
	return h.flags&halfStart != 0 && (near(seq, h.next) || near(seq, h.high))
}

// after returns how far the sequence number a is after b, negative if before.
func after(a, b uint32) int32 { return int32(a - b) }

// near reports whether sequence number a is less than a window before or after
// b.
func near(a, b uint32) bool { return a-b+window < 2*window }

// window is how far a sequence number may be from what was seen and still
// belong to the connection: to its start, a RST or a FIN. Real windows are
// mostly below 1 MiB, and one number in 2000 that is guessed is as near.
const window = 1 << 20
