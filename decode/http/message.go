package http

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
)

// message is a message head. What it says is in conversations.head.
type message struct {
	raw         []byte
	first, done capture.Stamp
	problem     auth.Problem // if its Text is set, the head is cut: nothing is known of a body
}

func (m *message) isCut() bool { return m.problem.Text != "" }

// maxRaw bounds the heads of one connection that wait for an answer.
const maxRaw = 256 << 10

// maxUnseen is how many requests may wait for the answers of a server that was
// never seen: browsers and proxies that pipeline send fewer at once.
const maxUnseen = 16

// message takes a message head that direction dir sent.
func (f *conversations) message(c *carrier.Conn, h *conn, dir capture.Dir, m *message) {
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
func (f *conversations) request(c *carrier.Conn, h *conn, dir capture.Dir, m *message) {
	hd, r := &f.head, f.queued.Take()
	f.env.Stats.Requests++
	h.push(r)
	x := &r.x
	x.Index, x.Gap = int(h.index), h.gap
	h.index++
	x.Request.First, x.Request.Stamp = m.first, m.done
	r.text = append(r.text, m.raw...)
	method := hd.part(hd.method)
	r.head, r.connect, r.last = string(method) == "HEAD", string(method) == "CONNECT", hd.lastOnConn()
	r.cut = m.isCut()
	h.gap, h.unasked = r.cut, r.cut
	if hd.auth || f.listens(h) {
		f.readRequest(c, h, r, hd)
		noteCut(x, m)
		if len(x.Request.Credentials) > 0 || f.listens(h) {
			h.interest = f.env.Sink.Request(x)
		}
	} else {
		r.held = int32(len(m.raw))
		h.heldBytes += r.held
		f.plain(c, h, r)
	}
	if !r.cut {
		half := &h.half[dir]
		half.frame(hd)
		half.awaits(r)
	}
	f.bound(c, h)
}

// bound returns up the oldest requests if too many wait.
func (f *conversations) bound(c *carrier.Conn, h *conn) {
	if int(h.waiting) <= min(maxUnseen, f.env.Limits.Pending) && h.heldBytes <= maxRaw {
		return
	}
	limit := f.env.Limits.Pending
	if server := h.server(); !h.seen[server] && !c.TCP.Seen(server) {
		limit = min(limit, maxUnseen)
	}
	for int(h.waiting) > limit || h.heldBytes > maxRaw && h.waiting > 1 {
		f.env.Stats.Unanswered++
		f.end(c, h, h.pop(), auth.Lost, false)
		h.oldest.x.Gap = true
	}
}

// response takes a response head.
func (f *conversations) response(c *carrier.Conn, h *conn, dir capture.Dir, m *message) {
	hd := &f.head
	f.env.Stats.Responses++
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
	switch {
	case r.known && !r.plain || hd.auth || refused || f.listens(h):
		f.wanted(h, r)
		f.answer(c, h, r, m)
	case orphan && f.wantsPlain(c, h):
		f.plainOrphan(c, h, r, m)
	case r.plain:
		r.x.Response.First, r.x.Response.Stamp = m.first, m.done
		f.plainOver(r, auth.Answered)
	}
	if !m.isCut() {
		f.afterResponse(c, h, dir, r)
	}
	f.reuse(r)
}

// awaits makes the sink hear of the end of the message of r whose head half
// has just read, if it knows the exchange.
func (half *half) awaits(r *request) {
	if half.phase != starting && r.known && !r.plain {
		half.unfinished = uint32(r.x.Index) + 1
	}
}

// match takes the request that a final response answers off the queue; nil if
// that was not captured. Responses come in the order of the requests, RFC 9112
// section 9.3.2. Behind a gap some may be missing: then the response is for the
// last request, unless the client is known to send several at once.
func (f *conversations) match(c *carrier.Conn, h *conn) *request {
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
		f.end(c, h, h.pop(), auth.Lost, false)
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
func (f *conversations) afterResponse(c *carrier.Conn, h *conn, dir capture.Dir, r *request) {
	hd := &f.head
	switch {
	case r.beginsTunnel(hd):
		f.endAll(c, h, auth.Lost)
		if hd.status == 101 && hd.h2c {
			f.mute(h, carrier.HTTP2)
			return
		}
		f.mute(h, 0)
		h.tunnel = true
	case r.bodiless(hd):
		h.half[dir].phase, h.half[dir].torn = starting, false
	default:
		half := &h.half[dir]
		half.frame(hd)
		half.awaits(r)
	}
}

// endAll ends all requests that wait.
func (f *conversations) endAll(c *carrier.Conn, h *conn, how auth.Ending) {
	for h.waiting > 0 {
		r := h.pop()
		f.end(c, h, r, how, h.waiting == 0)
	}
}

// ending says how the requests end that wait when the connection does.
func (f *conversations) ending(c *carrier.Conn, h *conn, how capture.End) auth.Ending {
	server := h.server()
	hidden := h.half[server].phase == searching
	switch how {
	case capture.CaptureEnd:
		return auth.CaptureEnded
	case capture.Finished:
		if !hidden {
			return auth.ClosedEarly
		}
	case capture.Reset:
		if !hidden && (h.seen[server] || c.TCP.Seen(server) || c.TCP.RoundTrip() != 0) {
			return auth.ResetEarly
		}
	}
	return auth.Lost
}
