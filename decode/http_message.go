package decode

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// message is a message head. What it says is in httpFollower.head.
type message struct {
	raw         []byte
	first, done capture.Stamp
	problem     Problem // if its Text is set, the head is cut: nothing is known of a body
}

func (m *message) isCut() bool { return m.problem.Text != "" }

// maxRaw bounds the heads of one connection that wait for an answer.
const maxRaw = 256 << 10

// maxUnseen is how many requests may wait for the answers of a server that was
// never seen: browsers and proxies that pipeline send fewer at once.
const maxUnseen = 16

// message takes a message head that direction dir sent.
func (f *httpFollower) message(c *tcp.Conn, h *httpConn, dir capture.Dir, m *message) {
	if !h.known {
		h.known, h.client = true, dir
		if f.head.response {
			h.client = 1 - dir
		}
	}
	if f.head.response {
		f.response(c, h, dir, m)
	} else {
		f.request(c, h, dir, m)
	}
}

// request takes a request head. It is copied whatever is in it: the answer may
// be 401.
func (f *httpFollower) request(c *tcp.Conn, h *httpConn, dir capture.Dir, m *message) {
	hd, r := &f.head, f.queued.Take()
	f.d.stats.Requests++
	h.push(r)
	x := &r.x
	x.Index, x.Gap = int(h.index), h.gap
	h.index++
	x.Request.First, x.Request.Stamp = m.first, m.done
	x.Request.Head = append(x.Request.Head, m.raw...)
	method := hd.part(hd.method)
	r.head, r.connect, r.last = string(method) == "HEAD", string(method) == "CONNECT", hd.lastOnConn()
	r.cut = m.isCut()
	h.gap, h.unasked = r.cut, r.cut
	if hd.auth || f.listens(h) {
		f.readRequest(c, h, r, hd)
		x.cutBy(m)
		if len(x.Request.Credentials) > 0 || f.listens(h) {
			f.d.sink.Request(x)
		}
	} else {
		r.held = int32(len(m.raw))
		h.heldBytes += r.held
	}
	if !r.cut {
		half := &h.half[dir]
		half.frame(hd)
		half.awaits(r)
	}
	f.bound(c, h)
}

// bound gives up the oldest requests if too many wait.
func (f *httpFollower) bound(c *tcp.Conn, h *httpConn) {
	if int(h.waiting) <= min(maxUnseen, f.d.limits.Pending) && h.heldBytes <= maxRaw {
		return
	}
	limit := f.d.limits.Pending
	if server := h.server(); !h.seen[server] && !c.Seen(server) {
		limit = min(limit, maxUnseen)
	}
	for int(h.waiting) > limit || h.heldBytes > maxRaw && h.waiting > 1 {
		f.d.stats.Unanswered++
		f.end(c, h, h.pop(), Lost, false)
		h.oldest.x.Gap = true
	}
}

// response takes a response head.
func (f *httpFollower) response(c *tcp.Conn, h *httpConn, dir capture.Dir, m *message) {
	hd := &f.head
	f.d.stats.Responses++
	if hd.status < 200 && hd.status != 101 {
		return // interim, RFC 9110 section 15.2: the final one follows
	}
	r := f.match(c, h)
	orphan := r == nil
	if orphan {
		r = f.newOrphan()
		r.x.Index, r.x.Gap = int(h.index), h.gap
		h.index++
	}
	h.gap = orphan || r.cut || m.isCut()
	if m.isCut() && h.waiting > 0 {
		h.oldest.x.Gap = true // it was sent before the hole in the answer showed
	}
	refused := hd.status == 401 || hd.status == 407 || hd.status == 403 && h.hasIdentity()
	if r.known || hd.auth || refused || f.listens(h) {
		f.answer(c, h, r, m)
	}
	if !m.isCut() {
		f.afterResponse(c, h, dir, r)
	}
	f.reuse(r)
}

// awaits makes the sink hear of the end of the message of r whose head half
// has just read, if it knows the exchange.
func (half *httpHalf) awaits(r *httpRequest) {
	if half.phase != starting && r.known {
		half.whole = uint32(r.x.Index) + 1
	}
}

// match takes the request that a final response answers off the queue; nil if
// that was not captured. Responses come in the order of the requests, RFC 9112
// section 9.3.2. Behind a gap some may be missing: then the response is for the
// last request, unless the client is known to send several at once.
func (f *httpFollower) match(c *tcp.Conn, h *httpConn) *httpRequest {
	unsure := h.unsure
	h.unsure = false
	keep := h.waiting
	switch {
	case unsure && h.unasked:
		keep = 0
	case unsure && !h.pipelined:
		keep = min(keep, 1)
	}
	h.pipelined = h.pipelined || keep > 1
	missed := h.waiting > keep
	for h.waiting > keep {
		f.end(c, h, h.pop(), Lost, false)
	}
	if keep == 0 {
		return nil
	}
	r := h.pop()
	r.x.Gap = r.x.Gap || missed
	return r
}

// afterResponse sets both directions to what follows a final response, RFC
// 9112 section 6.3.
func (f *httpFollower) afterResponse(c *tcp.Conn, h *httpConn, dir capture.Dir, r *httpRequest) {
	hd := &f.head
	switch {
	case r.beginsTunnel(hd):
		f.endAll(c, h, Lost)
		if hd.status == 101 && hd.h2c {
			f.mute(h, opaqueHTTP2)
			return
		}
		f.mute(h, 0)
		h.half[0].phase, h.half[1].phase = tunnel, tunnel
		h.identity = [2]bool{}
	case r.bodiless(hd):
		h.half[dir].phase, h.half[dir].torn = starting, false
	default:
		half := &h.half[dir]
		half.frame(hd)
		half.awaits(r)
	}
}

// endAll ends all requests that wait.
func (f *httpFollower) endAll(c *tcp.Conn, h *httpConn, how Ending) {
	for h.waiting > 0 {
		r := h.pop()
		f.end(c, h, r, how, h.waiting == 0)
	}
}

// ending says how the requests end that wait when the connection does.
func (f *httpFollower) ending(c *tcp.Conn, h *httpConn, how capture.End) Ending {
	server := h.server()
	hidden := h.half[server].phase == searching
	switch how {
	case capture.CaptureEnd:
		return CaptureEnded
	case capture.Finished:
		if !hidden {
			return ClosedEarly
		}
	case capture.Reset:
		if !hidden && (h.seen[server] || c.Seen(server) || c.RoundTrip() != 0) {
			return ResetEarly
		}
	}
	return Lost
}
