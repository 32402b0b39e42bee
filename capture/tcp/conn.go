package tcp

import "ntlmtrace/capture"

// Segment is a run of bytes of one direction of a connection that follow, in
// order, what was given before. Its Stamp is that of the frame with which the
// bytes were complete up to there, as Wireshark shows it: the one that held
// them, or the later one that closed the hole before them.
type Segment struct {
	capture.Stamp
	Dir  capture.Dir // who sent them
	Data []byte      // valid during the call only; never empty
	Lost int64       // bytes missing right before Data; -1 if the capture began in the middle and it is not known
}

// Advice is what a Consumer answers to a Segment: how its connection goes on.
// A positive Advice is a number of bytes after Data in this direction that are
// of no interest (see Skip).
type Advice int64

// The advices other than Skip.
const (
	More   Advice = 0  // the bytes after these, as they come
	Ignore Advice = -1 // nothing more of this connection, not even its end
	Mute   Advice = -2 // nothing more of this direction; the other one and the end are still wanted
)

// MaxSkip is the largest number of bytes that one Advice may skip: sequence
// numbers are compared in 32 bits. A longer body is skipped in several steps.
const MaxSkip = 1 << 30

// Skip asks that the next n bytes of this direction be passed over: in order,
// out of order, repeated or lost, they then cost one comparison a packet.
func Skip(n int64) Advice { return Advice(min(n, MaxSkip)) }

// Consumer takes the bytes of every connection that an Assembler follows.
// Calls come one at a time, in the order of the packets.
type Consumer interface {
	// Data gives the next bytes of c. The answer rules what comes next.
	Data(c *Conn, s *Segment) Advice
	// Skipped says that the last of the bytes that the consumer had skipped in
	// direction d has come, with nothing after it. Where more follows in the
	// same packet, Data says so.
	Skipped(c *Conn, d capture.Dir, at capture.Stamp)
	// HalfClosed says that direction d of c has ended by FIN and that all its
	// bytes were given. It is not called for an ignored connection.
	HalfClosed(c *Conn, d capture.Dir, at capture.Stamp)
	// Closed says that c is over; c must not be kept. It is not called for an
	// ignored connection.
	Closed(c *Conn, at capture.Stamp, how capture.End)
}

// IgnoredConsumer is a Consumer that is told when a connection is over that it
// ignores.
type IgnoredConsumer interface {
	Consumer
	// IgnoredClosed says that c is over; c must not be kept.
	IgnoredClosed(c *Conn, at capture.Stamp)
}
