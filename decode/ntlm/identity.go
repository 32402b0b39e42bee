package ntlm

import "encoding/binary"

// Identity is what a list of AV_PAIR says of the server that it names, in a
// form that can be kept and compared: a digest of each name, and the time. Two
// lists that name the same server at the same instant have the same Identity.
type Identity struct {
	sum  [5]uint64 // digests of MsvAvNbComputerName to MsvAvDnsTreeName
	has  uint8     // bit i: the list has the name i; bit 7: it has a time
	time uint64    // MsvAvTimestamp as on the wire
}

const hasTime = 1 << 7

// Identity gives the identity of the server that the list names.
func (p AVPairs) Identity() Identity {
	var id Identity
	for i := len(p) - 1; i >= 0; i-- { // backwards: of two pairs with one id the first counts
		switch v := p[i].Value; {
		case p[i].ID >= MsvAvNbComputerName && p[i].ID <= MsvAvDnsTreeName:
			n := p[i].ID - MsvAvNbComputerName
			id.sum[n], id.has = digest(trimNUL(v)), id.has|1<<n
		case p[i].ID == MsvAvTimestamp && len(v) == 8:
			id.time, id.has = binary.LittleEndian.Uint64(v), id.has|hasTime
		}
	}
	return id
}

// Named reports whether the list had any name: without one it cannot be compared.
func (id *Identity) Named() bool { return id.has&^hasTime != 0 }

// Timestamp gives MsvAvTimestamp as on the wire; 0 if the list had none.
func (id *Identity) Timestamp() uint64 { return id.time }

// Answers says whether the AUTHENTICATE whose list gave id answers the CHALLENGE
// whose list gave c. Pairs are compared by their AvId, since clients sort the
// list anew and add to it; a pair that one list lacks proves nothing.
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
	case both&hasTime == 0:
		return answer
	case id.time == c.time:
		return Yes
	}
	return No
}

// digest is FNV-1a: a collision would need a server that wants to be mistaken
// for another one, and such a server can take its name as well.
func digest(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
