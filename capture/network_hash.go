package capture

import (
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

// hash gives the hash of k that flowKey.hash holds.
func (h *flowHasher) hash(k *flowKey) uint32 {
	if k.addr[0].hi|k.addr[1].hi == 0 && k.addr[0].lo>>32 == 0xffff && k.addr[1].lo>>32 == 0xffff {
		return h.hash4(k.addr[0].lo<<16|uint64(k.port[0]), k.addr[1].lo<<16|uint64(k.port[1]))
	}
	return h.hash6(k)
}

// hash4 hashes two IPv4 endpoints, of which only the low 48 bits count: the
// address above the port.
func (h *flowHasher) hash4(a, b uint64) uint32 {
	x := fold(a<<16^h.secret[0], b<<16^h.secret[1])
	return uint32(fold(x^h.secret[4], h.secret[2]) >> 32)
}

// hash6 hashes any two endpoints.
func (h *flowHasher) hash6(k *flowKey) uint32 {
	a, b := &k.addr[0], &k.addr[1]
	ports := uint64(k.port[0])<<16 | uint64(k.port[1])
	x := fold(a.hi^h.secret[0], a.lo^h.secret[1])
	y := fold(b.hi^h.secret[2], b.lo^h.secret[3]^ports)
	return uint32(fold(x^h.secret[4], bits.RotateLeft64(y, 32)^ports) >> 32)
}

// fold multiplies to 128 bits and folds, as wyhash does: each bit of the input
// reaches all bits of the result.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
