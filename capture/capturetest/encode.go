package capturetest

import "encoding/binary"

// TCP flags, RFC 9293 section 3.1.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// packet is a TCP segment with the headers below it.
type packet struct {
	through  uint16 // the interface that it is captured at
	src, dst Endpoint
	id       uint16
	ttl      uint8
	vlan     uint16
	seq, ack uint32
	flags    uint8
	mss      int // announced in a SYN
	data     []byte
}

var be = binary.BigEndian

// ip returns the packet from the IP header on.
func (p packet) ip() []byte {
	segment := p.tcp()
	if p.src.Addr.Is4() {
		return append(p.ipv4(len(segment)), segment...)
	}
	return append(p.ipv6(len(segment)), segment...)
}

// ipv4 is the header of RFC 791 section 3.1, with DF set.
func (p packet) ipv4(payload int) []byte {
	b := make([]byte, 20, 20+payload)
	b[0] = 0x45
	be.PutUint16(b[2:], uint16(20+payload))
	be.PutUint16(b[4:], p.id)
	be.PutUint16(b[6:], 0x4000)
	b[8], b[9] = p.ttl, 6
	copy(b[12:], p.src.Addr.AsSlice())
	copy(b[16:], p.dst.Addr.AsSlice())
	be.PutUint16(b[10:], Checksum(b, 0))
	return b
}

// ipv6 is the header of RFC 8200 section 3.
func (p packet) ipv6(payload int) []byte {
	b := make([]byte, 40, 40+payload)
	b[0] = 0x60
	be.PutUint16(b[4:], uint16(payload))
	b[6], b[7] = 6, p.ttl
	copy(b[8:], p.src.Addr.AsSlice())
	copy(b[24:], p.dst.Addr.AsSlice())
	return b
}

func (p packet) tcp() []byte {
	options := p.options()
	b := make([]byte, 20, 20+len(options)+len(p.data))
	be.PutUint16(b, p.src.Port)
	be.PutUint16(b[2:], p.dst.Port)
	be.PutUint32(b[4:], p.seq)
	if p.flags&flagACK != 0 {
		be.PutUint32(b[8:], p.ack)
	}
	b[12], b[13] = byte(5+len(options)/4)<<4, p.flags
	be.PutUint16(b[14:], p.window())
	b = append(append(b, options...), p.data...)
	be.PutUint16(b[16:], Checksum(b, p.pseudoHeader(len(b))))
	return b
}

// options of a SYN are the ones Windows sends: maximum segment size, window
// scale 8, selective acknowledgement.
func (p packet) options() []byte {
	if p.flags&flagSYN == 0 {
		return nil
	}
	return []byte{2, 4, byte(p.mss >> 8), byte(p.mss), 1, 3, 3, 8, 1, 1, 4, 2}
}

func (p packet) window() uint16 {
	switch {
	case p.flags&flagRST != 0:
		return 0
	case p.flags&flagSYN != 0:
		return 64240
	}
	return 1026 // times 256, by the window scale
}

// pseudoHeader sums the fields of the IP header that the TCP checksum covers.
func (p packet) pseudoHeader(length int) uint32 {
	sum := uint32(6) + uint32(length)
	for _, e := range []Endpoint{p.src, p.dst} {
		b := e.Addr.AsSlice()
		for i := 0; i < len(b); i += 2 {
			sum += uint32(be.Uint16(b[i:]))
		}
	}
	return sum
}

// Checksum returns the Internet checksum of RFC 1071, begun with sum.
func Checksum(b []byte, sum uint32) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(be.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
