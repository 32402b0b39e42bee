package analysis

import "net/netip"

// Hop is all connections of one client address to one server address and port.
type Hop struct {
	Client      netip.Addr
	Server      netip.AddrPort
	Schemes     []string // in the order in which they were first seen
	Users       []string // accounts, in the order in which they were first seen; the first 100
	MoreUsers   int      // how many more there are
	Connections int
	Handshakes  int
	Accepted    int
	Denied      int
	Findings    []int64  // ids
	Worst       Severity // of its findings
	HasFinding  bool
}
