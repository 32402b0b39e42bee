package analysis

import (
	"iter"
	"ntlmtrace/analysis/report"
	"time"
)

// windowLength is how much capture time the rules look back over.
const windowLength = 10 * time.Minute

// window holds the handshakes that rules may still ask for, oldest first, and
// after them, as long as there is room, those whose token is still remembered.
type window struct {
	slabs  queue[*slab]  // of all of them
	last   int64         // id of the newest handshake, in the window or not
	base   int64         // number of the handshakes in slabs that were let go
	inside int           // how many handshakes are in the window: they are the newest
	tokens queue[uint32] // numbers of those that left it, and are in the index by their token
	max    int
	forced int64 // left early, to keep within the limit
}

// newHandshake gives a handshake of l, the newest in the window.
func (a *Analysis) newHandshake(l *leg) *handshakeState {
	w := &a.window
	var b *slab
	if n := w.slabs.len(); n > 0 {
		b = *w.slabs.item(n - 1)
	}
	if b == nil || b.used == slabSize {
		b = &slab{}
		w.slabs.add(b)
	}
	h := &b.handshakes[b.used]
	b.used++
	b.held++
	w.inside++
	w.last++
	h.id, h.leg = w.last, l
	return h
}

// before returns the handshake that was begun before h, if that is still held.
func (w *window) before(h *handshakeState) *handshakeState {
	if h.id-1 <= w.base {
		return &noHandshake
	}
	return w.at(uint32(h.id - 1))
}

// noHandshake is the handshake before the first, to be read only.
var noHandshake handshakeState

// number gives what tables name h by while it is held: the low part of its id.
// Many more than that are never held together.
func (w *window) number(h *handshakeState) uint32 { return uint32(h.id) }

// has reports whether number is that of a handshake in the window.
func (w *window) has(number uint32) bool {
	return number != 0 && uint32(w.last)-number < uint32(w.inside)
}

// at gives a handshake that is held by its number; nil for 0.
func (w *window) at(number uint32) *handshakeState {
	if number == 0 {
		return nil
	}
	i := number - uint32(w.base) - 1
	return &(*w.slabs.item(int(i / slabSize))).handshakes[i%slabSize]
}

// item gives number i of those in the window, from the oldest, which is 0.
func (w *window) item(i int) *handshakeState {
	return w.at(uint32(w.last - int64(w.inside) + int64(i) + 1))
}

// all gives the handshakes in the window, the oldest first.
func (w *window) all() iter.Seq[*handshakeState] {
	return func(yield func(*handshakeState) bool) {
		for i := range w.inside {
			if !yield(w.item(i)) {
				return
			}
		}
	}
}

// letGo says that nobody will look for h any more. A slab of which that is true
// of all is let go, once those before it were.
func (w *window) letGo(h *handshakeState) {
	(*w.slabs.item(int((uint32(h.id) - uint32(w.base) - 1) / slabSize))).held--
	for w.slabs.len() > 0 && (*w.slabs.first()).used == slabSize && (*w.slabs.first()).held == 0 {
		w.slabs.take()
		w.base += slabSize
	}
}

// expire lets handshakes leave that are too old or too many.
func (a *Analysis) expire() {
	w := &a.window
	for w.inside > 0 {
		h := w.item(0)
		old := a.now-h.until() > int64(windowLength)
		if !old && w.inside <= w.max {
			return
		}
		if !old {
			w.forced++
		}
		if !h.over {
			a.abandon(h)
		}
		a.leave(h)
	}
}

// abandon ends a handshake that leaves the window before its end.
func (a *Analysis) abandon(h *handshakeState) {
	if h.Frames.Authenticate == 0 {
		h.Outcome = report.Incomplete
	}
	h.problem("its end did not come in time")
	if l := h.leg; l.live != nil && l.current[sideOf(h.Proxy)] == h {
		l.current[sideOf(h.Proxy)] = nil
	}
	a.finish(h.leg, h)
}

// leave takes the oldest handshake, which is h, out of the window and gives it out.
func (a *Analysis) leave(h *handshakeState) {
	w := &a.window
	w.inside--
	if !h.asked {
		a.decide(verdict{h: h})
	}
	a.heard(h)
	if a.out.Handshake != nil {
		a.out.Handshake(h.export())
	}
	if a.ended {
		return // nobody will ask for it again
	}
	for _, q := range a.onLeave {
		if found := q.ask(&a.ix, h); found != nil {
			a.say(q.rank, found)
		}
	}
	a.ix.drop(h)
	if !h.hasToken() {
		w.letGo(h)
		return
	}
	if old, full := w.tokens.push(w.number(h), w.max); full {
		x := w.at(old)
		x.gone = true
		a.ix.tokens.trim(x)
		w.letGo(x)
	}
}
