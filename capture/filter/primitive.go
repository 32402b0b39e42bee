package filter

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
)

// kind says what a primitive asks.
type kind uint8

const (
	kindProtocol kind = iota // is there proto?
	kindHost                 // is an address in addr and mask?
	kindPort                 // is a port in low to high?
	kindVLAN                 // is there a tag, with the id low unless it is anyVLAN?
	kindLess                 // is the length at most low?
	kindGreater              // is the length at least low?
)

// anyVLAN is the id of a tag that may have any id.
const anyVLAN = 0xffff

// direction says of which end of a packet a primitive speaks.
type direction uint8

const (
	either direction = iota
	source
	destination
	both
)

var directionNames = [...]string{"", "src ", "dst ", "src and dst "}

// primitive is one question about a packet. Two primitives that ask the same
// are equal.
type primitive struct {
	kind       kind
	proto      protocol
	dir        direction
	six        bool      // addr is an IPv6 address, else an IPv4 address in addr[0]
	addr, mask [4]uint32 // addr has no bits that mask has not
	low, high  uint32
}

// String writes the primitive as [Parse] reads it.
func (q *primitive) String() string {
	switch q.kind {
	case kindProtocol:
		return protocolNames[q.proto]
	case kindVLAN:
		if q.low == anyVLAN {
			return "vlan"
		}
		return fmt.Sprintf("vlan %d", q.low)
	case kindLess:
		return fmt.Sprintf("less %d", q.low)
	case kindGreater:
		return fmt.Sprintf("greater %d", q.low)
	}
	text := directionNames[q.dir]
	if q.proto != anyProtocol {
		text = protocolNames[q.proto] + " " + text
	}
	switch {
	case q.kind == kindHost:
		return text + q.network()
	case q.low == q.high:
		return fmt.Sprintf("%sport %d", text, q.low)
	}
	return fmt.Sprintf("%sportrange %d-%d", text, q.low, q.high)
}

// network writes the addresses that q is about.
func (q *primitive) network() string {
	words := q.words()
	length := 0
	for _, m := range q.mask[:words] {
		length += bits.OnesCount32(m)
	}
	switch {
	case length == 32*words:
		return "host " + address(q.addr[:words])
	case !q.six && !onesFirst(q.mask[0]):
		return "net " + address(q.addr[:words]) + " mask " + address(q.mask[:words])
	}
	return fmt.Sprintf("net %s/%d", address(q.addr[:words]), length)
}

// onesFirst reports whether m is the mask of a length.
func onesFirst(m uint32) bool { return bits.LeadingZeros32(^m) == bits.OnesCount32(m) }

// words returns the length of the address in words of 32 bits.
func (q *primitive) words() int {
	if q.six {
		return 4
	}
	return 1
}

// address writes an address of one or four words.
func address(words []uint32) string {
	b := make([]byte, 0, 16)
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}
