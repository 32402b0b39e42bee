package capture

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// flowHasher hashes flow keys with secret numbers of its own, so that whoever
// makes a capture cannot aim many connections at one place of a table. The
// hashes place entries in tables, no result may depend on them.
type flowHasher struct {
	secret [5]uint64
}

func newFlowHasher() (h flowHasher) {
	for i := range h.secret {
		h.secret[i] = rand.Uint64()
	}
	return h
}

// hashKey gives the hash of k that tcpSegment.hash holds.
func (h *flowHasher) hashKey(k *flowKey) uint64 {
	ports := uint64(k.port[0])<<16 | uint64(k.port[1])
	return h.sum(addressOf(k.addr[0][:]), addressOf(k.addr[1][:]), ports)
}

// sum multiplies to 128 bits and folds, as wyhash does: each bit of the input
// reaches all bits of the result.
func (h *flowHasher) sum(a, b address, ports uint64) uint64 {
	x := fold(a.hi^h.secret[0], a.lo^h.secret[1])
	y := fold(b.hi^h.secret[2], b.lo^h.secret[3]^ports)
	return fold(x^h.secret[4], bits.RotateLeft64(y, 32)^ports)
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// address is an IP address of 16 bytes, IPv4 in the form ::ffff:a.b.c.d.
type address struct{ hi, lo uint64 }

// addressOf reads the 16 bytes of an IPv6 address.
func addressOf(b []byte) address {
	return address{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// address4Of reads the 4 bytes of an IPv4 address.
func address4Of(b []byte) address {
	return address{0, 0xffff<<32 | uint64(binary.BigEndian.Uint32(b))}
}

// put writes a in the form of flowKey.
func (a address) put(b *[16]byte) {
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
}

// less orders addresses by their bytes.
func (a address) less(b address) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}
