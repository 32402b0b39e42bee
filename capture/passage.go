package capture

import "net/netip"

// Passage says how packets of one direction of a connection passed the
// capturing machine. It is told of packets with a Direction alone, and once for
// each connection, direction of it and kind.
type Passage struct {
	Stamp
	From, To  netip.Addr
	Kind      PassageKind
	Interface uint16 // where it was seen, in the numbers of the capture; one for all where it has none
	Again     bool   // the connection was known to be forwarded
}

// PassageKind is what a Passage shows.
type PassageKind uint8

// The kinds of passages.
const (
	Sent      PassageKind = iota // packets of From left the machine
	Arrived                      // packets of From arrived at the machine
	Forwarded                    // packets of the connection came and left again: From and To are others'
)
