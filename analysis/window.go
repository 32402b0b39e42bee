package analysis

import "time"

// windowLength is how much capture time the rules look back over.
const windowLength = 10 * time.Minute

// handshakeCost is what a retained handshake is reckoned to cost in bytes, its
// texts and its place in the index included.
const handshakeCost = 512

// defaultHandshakes bounds the window where no memory limit is given.
const defaultHandshakes = 1 << 18

// window holds the handshakes that rules may still ask for, oldest first, and
// after them, as long as there is room, those whose token is still remembered.
type window struct {
	list   queue[*handshakeState] // by id
	tokens queue[*handshakeState] // left the window, still in the index by their token
	max    int
	forced int64 // left early, to keep within the limit
	block  *handshakeBlock
}

func newWindow(maxMemory int64) window {
	n := int64(defaultHandshakes)
	if maxMemory > 0 {
		n = max(maxMemory/2/handshakeCost, 64)
	}
	return window{max: int(n)}
}

// newHandshake gives a handshake of l, the newest in the window.
func (a *Analysis) newHandshake(l *leg) *handshakeState {
	w := &a.window
	if w.block == nil || w.block.used == blockSize {
		w.block = &handshakeBlock{analysis: a}
		w.block.texts.Grow(blockTexts)
	}
	h := &w.block.handshakes[w.block.used]
	w.block.used++
	a.lastID++
	h.block, h.leg, h.ID = w.block, l, a.lastID
	w.list.add(h)
	return h
}

// expire lets handshakes leave that are too old or too many.
func (a *Analysis) expire() {
	w := &a.window
	for w.list.len() > 0 {
		h := *w.list.first()
		old := a.now-h.until() > int64(windowLength)
		if !old && w.list.len() <= w.max {
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
		h.Outcome = Incomplete
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
	w.list.take()
	if !h.asked {
		a.decide(verdict{h: h})
	}
	if a.out.Handshake != nil {
		a.out.Handshake(h.export())
	}
	if a.ended {
		return // nobody will ask for it again
	}
	a.ix.drop(h)
	if !h.hasToken() {
		return
	}
	if x, full := w.tokens.push(h, w.max); full {
		x.gone = true
		a.ix.tokens.trim(x)
	}
}
