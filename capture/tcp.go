package capture

// flowKey names a connection by its two endpoints, the smaller one first, so
// that both directions have one key. VLAN tags, tunnels and interfaces are not
// part of it: the same packet seen in two places is one connection. Addresses
// have 16 bytes, IPv4 in the form ::ffff:a.b.c.d.
type flowKey struct {
	addr [2][16]byte
	port [2]uint16
}

// tcpSegment is what the packet decoder finds in a packet that holds TCP.
type tcpSegment struct {
	Stamp
	key     flowKey
	hash    uint64 // of key, well mixed in all bits
	dir     Dir    // the endpoint of key that sent it
	flags   uint8
	mark    Direction
	hasID   bool   // IPv4, or an IPv6 fragment: id is valid
	id      uint16 // IP identification
	seq     uint32
	ack     uint32
	payload []byte // without Ethernet padding; valid during the call
	cut     int    // bytes of payload that the capture did not keep
}

// TCP flags.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)
