package trace

// slabSize is how many handshakes are allocated together. A pointer to one of
// them keeps all of them, so they are few.
const slabSize = 31

// slab holds handshakes that were begun one after the other. Nothing in it
// moves, and it is freed when nothing points into it.
type slab struct {
	handshakes [slabSize]Handshake
	used       int
	Held       int // those of them that may still be looked up
}
