package analysis

import "time"

// windowLength is how much capture time the rules look back over.
const windowLength = 10 * time.Minute

// handshakeCost is what a retained handshake is reckoned to cost in bytes, its
// texts and its place in the index included.
const handshakeCost = 1024

// defaultHandshakes bounds the window where no memory limit is given.
const defaultHandshakes = 1 << 18

// window holds the handshakes that rules may still ask for, oldest first, and
// after them, as long as there is room, those whose token is still remembered.
type window struct {
	list   []*Handshake // by id
	tokens []*Handshake // left the window, still in the index by their token
	max    int
	forced int64 // left early, to keep within the limit
	block  []Handshake
}

func newWindow(maxMemory int64) window {
	n := int64(defaultHandshakes)
	if maxMemory > 0 {
		n = max(maxMemory/2/handshakeCost, 64)
	}
	return window{max: int(n)}
}

// newHandshake gives a zero handshake. They are made in blocks: a busy capture
// has tens of thousands that come and go in order.
func (a *Analysis) newHandshake() *Handshake {
	w := &a.window
	if len(w.block) == 0 {
		w.block = make([]Handshake, 32)
	}
	h := &w.block[0]
	w.block = w.block[1:]
	return h
}

func (w *window) add(h *Handshake) { w.list = append(w.list, h) }

// expire lets handshakes leave that are too old or too many.
func (a *Analysis) expire() {
	w := &a.window
	for len(w.list) > 0 {
		h := w.list[0]
		old := a.now-h.until() > int64(windowLength)
		if !old && len(w.list) <= w.max {
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
func (a *Analysis) abandon(h *Handshake) {
	if h.Frames.Authenticate == 0 {
		h.Outcome = Incomplete
	}
	h.problem("its end did not come in time")
	if l := h.leg; l.live != nil && l.current[sideOf(h.Proxy)] == h {
		l.current[sideOf(h.Proxy)] = nil
	}
	a.finish(h.leg, h)
}

// leave takes the oldest handshake out of the window and gives it out.
func (a *Analysis) leave(h *Handshake) {
	w := &a.window
	w.list[0] = nil
	w.list = w.list[1:]
	if !h.asked {
		a.decide(verdict{h: h})
	}
	if a.out.Handshake != nil && !h.copied {
		a.out.Handshake(h)
	}
	a.ix.drop(h)
	if !h.hasToken() {
		return
	}
	w.tokens = append(w.tokens, h)
	for len(w.tokens) > w.max {
		x := w.tokens[0]
		w.tokens[0] = nil
		w.tokens = w.tokens[1:]
		x.gone = true
		a.ix.dropToken(x)
	}
}
