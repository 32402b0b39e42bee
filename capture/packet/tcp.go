package packet

import "ntlmtrace/capture"

// tcpSegment is what the packet decoder finds in a packet that holds TCP.
type TCP struct {
	capture.Stamp
	Key     FlowKey
	Dir     capture.Dir // the endpoint of key that sent it
	Flags   uint8
	Mark    capture.Direction
	HasID   bool   // IPv4, or an IPv6 fragment: id is valid
	ID      uint16 // IP identification
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
