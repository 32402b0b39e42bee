package carrier

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
)

// MaxDepth is how many handovers there are on one connection, one inside the
// other. What is deeper is counted and not read.
const MaxDepth = 4

// Handover says that a connection belongs to another carrier from a byte on, in
// both directions: as far as they have not been passed to Data yet. The Decoder
// finds out which, and makes it a connection of its own with the same frames.
type Handover struct {
	At    int   // index in the segment's Data
	Layer Layer // what is between the two; nil if the bytes go on as they are

	Conn   *auth.Conn    // of the connection that hands over, good until its end; nil if the Sink was given no exchange of it
	Client capture.Dir   // who sends requests on it
	Start  capture.Stamp // its first payload
}

// Layer turns the bytes of one connection into those of the connection inside
// it: TLS into what it encrypts, frames into what is in them.
type Layer interface {
	// Data takes the next bytes, in the order of the packets, with Lost set
	// behind a gap. It calls out with what they stand for: in order, with the
	// stamp of the frame that completed it, and with Lost set where something
	// is missing. What it passes is used during the call only.
	Data(s *tcp.Segment, out func(*tcp.Segment))
}
