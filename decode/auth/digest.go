package auth

import "hash/maphash"

// digestSeed is new in every process: digests of two processes say nothing of
// each other, and a digest cannot be tested against guessed messages.
var digestSeed = maphash.MakeSeed()

// DigestOf returns the keyed hash of b, for Conn.Digest and Message.Key. It is
// never 0.
func DigestOf(b []byte) uint64 { return max(1, maphash.Bytes(digestSeed, b)) }

// Digest makes the keyed hash of several parts.
type Digest struct{ h maphash.Hash }

// Add adds one part. Parts do not run together.
func (d *Digest) Add(part []byte) {
	d.AddNumber(uint64(len(part)))
	d.h.Write(part)
}

// AddNumber adds a number.
func (d *Digest) AddNumber(n uint64) {
	d.start()
	var b [8]byte
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	d.h.Write(b[:])
}

// Sum returns the hash of the parts so far. It is never 0.
func (d *Digest) Sum() uint64 {
	d.start()
	return max(1, d.h.Sum64())
}

func (d *Digest) start() {
	if d.h.Seed() != digestSeed {
		d.h.SetSeed(digestSeed)
	}
}
