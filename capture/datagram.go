package capture

import "net/netip"

// Datagram is one UDP datagram, as it was sent: joined if it came in fragments,
// and taken out of the tunnel if it came in one. Its Stamp is that of the frame
// that completed it. A datagram that was captured twice comes twice.
type Datagram struct {
	Stamp
	Src, Dst  netip.AddrPort
	Direction Direction // how it passed the capturing machine; Unmarked if it came in a tunnel
	Data      []byte    // without the UDP header; valid during the call only
	Cut       bool      // the capture did not keep the end of Data
}
