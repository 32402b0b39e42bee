package packet

import "ntlmtrace/capture"

// TCP is one TCP segment as it was captured, RFC 9293 section 3.1.
type TCP struct {
	capture.Stamp
	Key     FlowKey
	Dir     capture.Dir // the endpoint of Key that sent it
	Flags   uint8
	Mark    capture.Direction // Unmarked in a tunnel
	HasID   bool              // IPv4, or an IPv6 fragment: ID is valid
	ID      uint16            // IP identification
	Seq     uint32
	Ack     uint32
	Payload []byte // without Ethernet padding; valid during the call
	Cut     int    // bytes of payload that the capture did not keep
}

// TCP flags.
const (
	FlagFIN = 1 << iota
	FlagSYN
	FlagRST
	FlagPSH
	FlagACK
)
