package trace

import (
	"iter"
	"time"

	"ntlmtrace/analysis/internal/ring"
)

// WindowLength is how much capture time the rules look back over.
const WindowLength = 10 * time.Minute

// Window holds the handshakes that rules may still ask for, and before them, as
// long as there is space, those whose token is still remembered.
type Window struct {
	Slabs  ring.Queue[*slab]  // of all of them
	last   int64              // id of the newest handshake, in the window or not
	base   int64              // number of the handshakes in slabs that were let go
	Inside int                // how many handshakes are in the window: they are the newest
	Tokens ring.Queue[uint32] // numbers of those that left it, and are in the index by their token
	Max    int
	Forced int64 // left early, to keep within the limit
}

// BeginAfter makes the first handshake have the id after last. It is called
// before there is one.
func (w *Window) BeginAfter(last int64) { w.last, w.base = last, last }

// Last returns the id of the newest handshake that there was.
func (w *Window) Last() int64 { return w.last }

// Before returns the handshake that was begun before h if that is still held,
// else an empty one. It is never nil, and to be read only.
func (w *Window) Before(h *Handshake) *Handshake {
	if h.ID-1 <= w.base {
		return &noHandshake
	}
	return w.At(uint32(h.ID - 1))
}

// noHandshake is the handshake before the first, to be read only.
var noHandshake = Handshake{Texts: new(Texts)}

// Number returns what tables name h by while it is held: the low part of its
// id. Many more than that are never held together.
func (w *Window) Number(h *Handshake) uint32 { return uint32(h.ID) }

// has reports whether number is that of a handshake in the window.
func (w *Window) has(number uint32) bool {
	return number != 0 && uint32(w.last)-number < uint32(w.Inside)
}

// At returns the handshake with a number, which must be held; nil for 0.
func (w *Window) At(number uint32) *Handshake {
	if number == 0 {
		return nil
	}
	i := number - uint32(w.base) - 1
	return &(*w.Slabs.Item(int(i / slabSize))).handshakes[i%slabSize]
}

// Item returns the handshake at index i in the window; 0 is the oldest.
func (w *Window) Item(i int) *Handshake {
	return w.At(uint32(w.last - int64(w.Inside) + int64(i) + 1))
}

// All returns the handshakes in the window, the oldest first.
func (w *Window) All() iter.Seq[*Handshake] {
	return func(yield func(*Handshake) bool) {
		for i := range w.Inside {
			if !yield(w.Item(i)) {
				return
			}
		}
	}
}

// LetGo notes that h will not be looked up any more. A slab of which that is
// true of all is freed, once those before it were.
func (w *Window) LetGo(h *Handshake) {
	(*w.Slabs.Item(int((uint32(h.ID) - uint32(w.base) - 1) / slabSize))).Held--
	for w.Slabs.Len() > 0 && (*w.Slabs.First()).used == slabSize && (*w.Slabs.First()).Held == 0 {
		w.Slabs.Take()
		w.base += slabSize
	}
}

// Add returns a new handshake of c, the newest in the window.
func (w *Window) Add(c *Conn) *Handshake {
	var b *slab
	if n := w.Slabs.Len(); n > 0 {
		b = *w.Slabs.Item(n - 1)
	}
	if b == nil || b.used == slabSize {
		b = &slab{}
		w.Slabs.Add(b)
	}
	h := &b.handshakes[b.used]
	b.used++
	b.Held++
	w.Inside++
	w.last++
	h.ID, h.Conn = w.last, c
	return h
}

// recentLength is how many challenges of one client or server are remembered
// by address: a split handshake is answered within a few connections.
const recentLength = 16

// chain returns the handshakes that older leads to from number on, as far as
// they are in the window, and most of them at most.
func (w *Window) chain(number uint32, most int, older func(*Handshake) uint32) iter.Seq[*Handshake] {
	return func(yield func(*Handshake) bool) {
		for range most {
			if !w.has(number) {
				return
			}
			h := w.At(number)
			if !yield(h) {
				return
			}
			number = older(h)
		}
	}
}

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
