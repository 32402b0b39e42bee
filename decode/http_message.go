package decode

import (
	"ntlmtrace/capture"
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

// message takes a message head that direction s.Dir sent.
func (f *httpFollower) message(c *capture.Conn, h *httpConn, s *capture.Segment, m message) {
	if !h.known {
		h.known, h.client = true, s.Dir
		if f.head.response {
			h.client = 1 - s.Dir
		}
	}
	if f.head.response {
		f.response(c, h, s.Dir, m)
	} else {
		f.request(c, h, s.Dir, m)
	}
}

// request takes a request head. Without anything of interest in it, a copy is
// kept until it is answered: the answer may be 401.
func (f *httpFollower) request(c *capture.Conn, h *httpConn, dir capture.Dir, m message) {
	hd, q := &f.head, f.queue(h)
	f.d.stats.Requests++
	r := q.push()
	r.first, r.done = m.first, m.done
	r.index, r.gap = h.index, h.gap
	r.head, r.connect, r.last = string(hd.method) == "HEAD", string(hd.method) == "CONNECT", hd.lastOnConn()
	h.index++
	r.cut = m.isCut()
	h.gap, h.unasked = r.cut, r.cut
	if hd.auth || f.listens(h) {
		f.readRequest(c, h, r, m.raw, hd)
		f.problem(r.x, m)
		if len(r.x.Request.Credentials) > 0 || f.listens(h) {
			f.d.sink.Request(r.x)
		}
	} else {
		r.raw = append(r.raw, m.raw...)
		q.bytes += len(r.raw)
	}
	if !m.isCut() {
		half := &h.half[dir]
		half.frame(hd)
		half.awaits(r)
	}
	f.bound(c, h)
}

// bound gives up the oldest requests if too many wait.
func (f *httpFollower) bound(c *capture.Conn, h *httpConn) {
	limit := f.d.limits.Pending
	if server := h.server(); !h.seen[server] && !c.Seen(server) {
		limit = min(limit, maxUnseen)
	}
	for q := h.queue; q.waiting() > limit || q.bytes > maxRaw && q.waiting() > 1; {
		f.d.stats.Unanswered++
		f.end(c, h, q.pop(), Lost, false)
		q.requests[q.at].gapBefore()
	}
	h.queue.compact()
}

// gapBefore says that the exchange before r is incomplete.
func (r *httpRequest) gapBefore() {
	r.gap = true
	if r.x != nil {
		r.x.Gap = true
	}
}

// response takes a response head.
func (f *httpFollower) response(c *capture.Conn, h *httpConn, dir capture.Dir, m message) {
	hd := &f.head
	f.d.stats.Responses++
	if hd.status < 200 && hd.status != 101 {
		return // interim, RFC 9110 section 15.2: the final one follows
	}
	r := f.match(c, h)
	orphan := r == nil
	if orphan {
		r = &httpRequest{index: h.index, gap: h.gap}
		h.index++
	}
	h.gap = orphan || r.cut || m.isCut()
	if q := h.queue; m.isCut() && q != nil && q.waiting() > 0 {
		q.requests[q.at].gapBefore() // it was sent before the hole in the answer showed
	}
	refused := hd.status == 401 || hd.status == 407 || hd.status == 403 && h.hasIdentity()
	if r.x != nil || hd.auth || refused || f.listens(h) {
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
	if half.phase != starting && r.x != nil {
		half.whole = r.index + 1
	}
}

// match takes the request that a final response answers off the queue; nil if
// that was not captured. Responses come in the order of the requests, RFC 9112
// section 9.3.2. Behind a gap some may be missing: then the response is for the
// last request, unless the client is known to send several at once.
func (f *httpFollower) match(c *capture.Conn, h *httpConn) *httpRequest {
	unsure := h.unsure
	h.unsure = false
	if h.queue == nil {
		return nil
	}
	q := h.queue
	keep := q.waiting()
	switch {
	case unsure && h.unasked:
		keep = 0
	case unsure && !h.pipelined:
		keep = min(keep, 1)
	}
	h.pipelined = h.pipelined || keep > 1
	missed := q.waiting() > keep
	for q.waiting() > keep {
		f.end(c, h, q.pop(), Lost, false)
	}
	if keep == 0 {
		return nil
	}
	r := q.pop()
	if missed {
		r.gapBefore()
	}
	return r
}

// afterResponse sets both directions to what follows a final response, RFC
// 9112 section 6.3.
func (f *httpFollower) afterResponse(c *capture.Conn, h *httpConn, dir capture.Dir, r *httpRequest) {
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
func (f *httpFollower) endAll(c *capture.Conn, h *httpConn, how Ending) {
	for q := h.queue; q != nil && q.waiting() > 0; {
		r := q.pop()
		f.end(c, h, r, how, q.waiting() == 0)
	}
}

// ending says how the requests end that wait when the connection does.
func (f *httpFollower) ending(c *capture.Conn, h *httpConn, how capture.End) Ending {
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

func (f *httpFollower) queue(h *httpConn) *httpQueue {
	if h.queue != nil {
		return h.queue
	}
	if n := len(f.queues); n > 0 {
		h.queue, f.queues = f.queues[n-1], f.queues[:n-1]
	} else {
		h.queue = new(httpQueue)
	}
	return h.queue
}
