package ntlm

import (
	"encoding/binary"
	"math/bits"
)

// Identity is what a list of AV_PAIR says of the server that it names, in a
// form that can be kept and compared: a digest of each name, and the time. Two
// lists that name the same server at the same instant have the same Identity.
type Identity struct {
	Names
	Time uint64 // MsvAvTimestamp as on the wire; 0 if the list has none
}

// Names stands for the names in a list of AV_PAIR. Two lists with the same
// names have the same Names.
type Names struct {
	sum [5]uint32 // digests of MsvAvNbComputerName to MsvAvDnsTreeName
	has uint8     // bit i: the list has the name i
}

// Identity returns the identity of the server that the list names.
func (p AVPairs) Identity() Identity {
	var id Identity
	for i := len(p) - 1; i >= 0; i-- { // backwards: of two pairs with one id the first counts
		switch v := p[i].Value; {
		case p[i].ID >= MsvAvNbComputerName && p[i].ID <= MsvAvDnsTreeName:
			n := p[i].ID - MsvAvNbComputerName
			id.sum[n], id.has = digest(trimNUL(v)), id.has|1<<n
		case p[i].ID == MsvAvTimestamp && len(v) == 8:
			id.Time = binary.LittleEndian.Uint64(v)
		}
	}
	return id
}

// Named reports whether the list had any name: without one it cannot be
// compared.
func (n *Names) Named() bool { return n.has != 0 }

// Key returns a number for tables of names.
func (n *Names) Key() uint64 {
	h := uint64(n.has)
	for _, sum := range n.sum {
		h = mix(h, uint64(sum))
	}
	return h
}

// Answers says whether the AUTHENTICATE whose list gave id answers the
// CHALLENGE whose list gave c. Pairs are compared by their AvId, since clients
// sort the list anew and add to it; a pair that one list lacks proves nothing.
// MsvAvTimestamp makes a challenge unique, names alone tell the machine. The
// TimeStamp of the response is not compared: some clients put their own clock
// there.
func (id *Identity) Answers(c *Identity) Binding {
	if !id.Named() || !c.Named() {
		return Unknown
	}
	both, answer := id.has&c.has, Unknown
	for i := range id.sum {
		if both>>i&1 == 0 {
			continue
		}
		if id.sum[i] != c.sum[i] {
			return No
		}
		answer = YesMachine
	}
	switch {
	case id.Time == 0 || c.Time == 0:
		return answer
	case id.Time == c.Time:
		return Yes
	}
	return No
}

// digest is a hash that takes eight bytes at a time. A collision would need a
// server that wants to be mistaken for another one, and such a server can take
// its name as well.
func digest(b []byte) uint32 {
	h := mix(uint64(len(b)), 0)
	for ; len(b) >= 8; b = b[8:] {
		h = mix(h, binary.LittleEndian.Uint64(b))
	}
	last := uint64(0)
	for _, c := range b {
		last = last<<8 | uint64(c)
	}
	return uint32(mix(h, last))
}

// mix multiplies to 128 bits and folds them, with the constants of wyhash.
func mix(h, word uint64) uint64 {
	high, low := bits.Mul64(h^0xa0761d6478bd642f, word^0xe7037ed1a0b428db)
	return high ^ low
}
