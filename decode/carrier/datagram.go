package carrier

import "ntlmtrace/capture"

// Datagrams reads the datagrams of one carrier for one Decoder.
type Datagrams interface {
	// Datagram takes a UDP datagram, in the order of the packets and of the
	// bytes of connections, and reports whether it is of this carrier.
	Datagram(g *capture.Datagram) bool
}
