package capture

import (
	"encoding/binary"
	"net/netip"
)

// flowKey names a connection by its two endpoints, the smaller one first, so
// that both directions have one key. VLAN tags, tunnels and interfaces are not
// part of it: the same packet seen in two places is one connection.
type flowKey struct {
	addr [2]address
	port [2]uint16
	hash uint32 // of the above, with the secret of the decoder; it places the key in tables
}

// same reports whether k and o are the same connection. It compares words where
// == calls a function that compares bytes.
func (k *flowKey) same(o *flowKey) bool {
	return k.addr[0].lo == o.addr[0].lo && k.addr[1].lo == o.addr[1].lo && k.port == o.port &&
		k.addr[0].hi == o.addr[0].hi && k.addr[1].hi == o.addr[1].hi
}

// address is an IP address of 16 bytes as two numbers, IPv4 in the form
// ::ffff:a.b.c.d.
type address struct{ hi, lo uint64 }

// mapped4 is in the low half of the address of every IPv4 host, RFC 4291
// section 2.5.5.2.
const mapped4 = 0xffff << 32

// addressOf reads the 16 bytes of an IPv6 address.
func addressOf(b []byte) address {
	return address{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// address4Of reads the 4 bytes of an IPv4 address.
func address4Of(b []byte) address {
	return address{0, mapped4 | uint64(binary.BigEndian.Uint32(b))}
}

// less orders addresses by their bytes.
func (a address) less(b address) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// netip gives a as others know it.
func (a address) netip() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b).Unmap()
}

// tcpSegment is what the packet decoder finds in a packet that holds TCP.
type tcpSegment struct {
	Stamp
	key     flowKey
	dir     Dir // the endpoint of key that sent it
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
