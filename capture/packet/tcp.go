package packet

import (
	"encoding/binary"
	"math/bits"

	"ntlmtrace/capture"
)

// TCP is one TCP segment as it was captured, RFC 9293 section 3.1.
type TCP struct {
	capture.Stamp
	Key     FlowKey
	Dir     capture.Dir // the endpoint of Key that sent it
	Flags   uint8
	Mark    capture.Direction // Unmarked in a tunnel
	HasID   bool              // IPv4, or an IPv6 fragment: ID is valid
	ID      uint16            // IP identification
	Through uint16            // the interface that the Mark is of, see capture.Passage
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

// decodeTCP decodes the TCP header, RFC 9293 section 3.1, at the start of g and
// fills t with it.
func (d *Decoder) decodeTCP(g *ipPayload, t *TCP) bool {
	b := g.body
	if len(b) < 20 {
		return d.failTCP(20, g)
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b) {
		return d.failTCP(header, g)
	}
	t.Seq = binary.BigEndian.Uint32(b[4:])
	t.Ack = binary.BigEndian.Uint32(b[8:])
	t.Flags = b[13]
	t.Payload = b[header:]
	t.Cut = g.size - len(b)
	t.HasID, t.ID = g.hasID, g.id
	d.setEndpoints(g.src, g.dst, binary.BigEndian.Uint32(b), t)
	return true
}

// failTCP counts a header of n bytes that the datagram does not hold, or that
// the capture did not keep.
func (d *Decoder) failTCP(n int, g *ipPayload) bool {
	if n < 20 || n > g.size {
		return d.fail(malformedTCP)
	}
	return d.fail(tcpHeaderCut)
}

// setEndpoints sets key and direction of t. ports holds the source port above
// the destination port.
func (d *Decoder) setEndpoints(src, dst Address, ports uint32, t *TCP) {
	t.Dir = 0
	if dst.less(src) || src == dst && ports>>16 > ports&0xffff {
		src, dst = dst, src
		ports = bits.RotateLeft32(ports, 16)
		t.Dir = 1
	}
	k := &t.Key
	k.Addr[0], k.Addr[1] = src, dst
	k.Port[0], k.Port[1] = uint16(ports>>16), uint16(ports)
	k.Hash = d.hasher.Hash(k)
}
