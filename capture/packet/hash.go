package packet

import (
	"math/bits"
	"math/rand/v2"
)

// Hasher hashes flow keys with secret numbers of its own, so that a capture
// cannot be made in which many connections have one place in a table. The
// hashes place entries in tables; no result may depend on them.
type Hasher struct {
	secret [5]uint64
}

// NewHasher returns a Hasher with new secrets.
func NewHasher() (h Hasher) {
	for i := range h.secret {
		h.secret[i] = rand.Uint64()
	}
	return h
}

// Hash returns the hash of k that FlowKey.Hash holds.
func (h *Hasher) Hash(k *FlowKey) uint32 {
	if k.Addr[0].Hi|k.Addr[1].Hi == 0 && k.Addr[0].Lo>>32 == 0xffff && k.Addr[1].Lo>>32 == 0xffff {
		return h.hash4(k.Addr[0].Lo<<16|uint64(k.Port[0]), k.Addr[1].Lo<<16|uint64(k.Port[1]))
	}
	return h.hash6(k)
}

// hash4 hashes two IPv4 endpoints, of which only the low 48 bits count: the
// address above the port.
func (h *Hasher) hash4(a, b uint64) uint32 {
	x := fold(a<<16^h.secret[0], b<<16^h.secret[1])
	return uint32(fold(x^h.secret[4], h.secret[2]) >> 32)
}

// hash6 hashes any two endpoints.
func (h *Hasher) hash6(k *FlowKey) uint32 {
	a, b := &k.Addr[0], &k.Addr[1]
	ports := uint64(k.Port[0])<<16 | uint64(k.Port[1])
	x := fold(a.Hi^h.secret[0], a.Lo^h.secret[1])
	y := fold(b.Hi^h.secret[2], b.Lo^h.secret[3]^ports)
	return uint32(fold(x^h.secret[4], bits.RotateLeft64(y, 32)^ports) >> 32)
}

// fold multiplies to 128 bits and folds, as wyhash does: each bit of the input
// reaches all bits of the result.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
