package decode

import (
	"bytes"
	"unsafe"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// readRequest completes the exchange of r by what hd says of its head, which is
// in the exchange already.
func (f *httpFollower) readRequest(c *tcp.Conn, h *httpConn, r *httpRequest, hd *head) {
	f.known(c, h, r)
	q := &r.x.Request
	// A start line is in the same place, be the head unfolded or not.
	q.Method, q.Version = view(q.Head, hd.method), view(q.Head, hd.version)
	q.Target = view(q.Head, hd.target)
	q.ContentLength, q.Chunked, q.letters = hd.length, hd.chunked, hd.letters
	switch {
	case hd.hosts > 1:
		q.Host = q.Field("Host")
	case hd.folded:
		q.Host = string(hd.part(hd.host))
	default:
		q.Host = view(q.Head, hd.host)
	}
	framingProblems(&r.x, hd, q.Stamp)
	if hd.auth {
		f.readCredentials(h, r, hd)
	}
}

// view gives a part of a head as a string that shares its memory: to copy it
// would cost more than to find it. It is good as long as the Exchange is that
// owns the head.
func view(head []byte, s span) string {
	b := head[s.at:s.end]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// known begins the exchange of r. Without c, which may be nil where exchanges
// were given before, it is not marked.
func (f *httpFollower) known(c *tcp.Conn, h *httpConn, r *httpRequest) {
	if h.conn == nil {
		f.meet(c, h)
	}
	r.known = true
	r.x.Conn, r.x.Carrier = h.conn, HTTP.Name
	r.x.Authenticated = h.hasIdentity()
	if c != nil {
		r.x.marks(c, h)
	}
}

// meet makes what the exchanges of a connection share.
func (f *httpFollower) meet(c *tcp.Conn, h *httpConn) {
	h.conn = f.conns.Take()
	*h.conn = Conn{
		Source: f.d.source, ID: c.ID(),
		Client: c.Endpoint(h.client), Server: c.Endpoint(h.server()),
		Start: h.start, FromStart: c.Started(h.client), RoundTrip: c.RoundTrip(),
	}
	client, known := c.First(h.client)
	server, alsoKnown := c.First(h.server())
	// Numbers that count from nothing are those of a capture made by hand:
	// all its connections have them.
	byHand := client < 1<<16 && server < 1<<16
	h.conn.First, h.conn.KnownFirst = [2]uint32{client, server}, known && alsoKnown && !byHand
}

// exchange gives the exchange of r, completed now if that was not done before.
func (f *httpFollower) exchange(c *tcp.Conn, h *httpConn, r *httpRequest) *Exchange {
	x := &r.x
	switch {
	case r.known:
		x.Authenticated = h.hasIdentity()
		x.marks(c, h)
	case len(x.Request.Head) > 0:
		f.past.parse(x.Request.Head)
		f.readRequest(c, h, r, &f.past)
	default:
		f.known(c, h, r)
	}
	return x
}

// marks takes over how the capturing machine saw the packets of c so far.
func (x *Exchange) marks(c *tcp.Conn, h *httpConn) {
	client, server := h.client, h.server()
	x.ClientLocal, x.ServerLocal = c.Outbound(client), c.Outbound(server)
	x.ClientArrived, x.ServerArrived = c.Inbound(client), c.Inbound(server)
}

// answer completes the exchange of r with its response and gives it.
func (f *httpFollower) answer(c *tcp.Conn, h *httpConn, r *httpRequest, m *message) {
	hd, x := &f.head, f.exchange(c, h, r)
	a := &x.Response
	a.First, a.Stamp, a.Status, a.ContentLength = m.first, m.done, hd.status, hd.length
	a.letters, a.Cut = hd.letters, m.isCut()
	a.Head = m.raw // good until this call ends: Keep makes a copy
	if x.kept {
		a.Head = bytes.Clone(m.raw)
	}
	x.Ending = Answered
	x.LastOnConn = !r.beginsTunnel(hd) && (r.last || hd.lastOnConn() || !m.isCut() && r.untilClose(hd))
	framingProblems(x, hd, m.done)
	x.cutBy(m)
	if hd.auth {
		f.readChallenges(h, x, hd)
	}
	h.judge(r, hd.status)
	f.d.sink.Exchange(x)
	if x.kept && hd.auth {
		f.reply = nil // it is the exchange's from here on
	}
}

// beginsTunnel reports whether the answer hd to r ends HTTP on the connection,
// or begins it anew inside a tunnel.
func (r *httpRequest) beginsTunnel(hd *head) bool {
	return r.connect && hd.status/100 == 2 || hd.status == 101
}

// untilClose reports whether the body of the answer hd to r goes on until the
// connection is closed.
func (r *httpRequest) untilClose(hd *head) bool {
	return !hd.chunked && (hd.coded || hd.length < 0) && !r.bodiless(hd)
}

// bodiless reports whether the answer hd to r has no body whatever its fields
// say.
func (r *httpRequest) bodiless(hd *head) bool {
	return r.head || hd.status == 204 || hd.status == 304
}

// end gives the exchange of r, to which no answer was seen, if it is of
// interest.
func (f *httpFollower) end(c *tcp.Conn, h *httpConn, r *httpRequest, how Ending, last bool) {
	if r.known || f.listens(h) {
		x := f.exchange(c, h, r)
		x.Ending = how
		x.LastOnConn = last || r.last
		f.d.sink.Exchange(x)
	}
	f.reuse(r)
}

// listens reports whether the sink wants every exchange of h.
func (f *httpFollower) listens(h *httpConn) bool {
	return h.hasIdentity() && (f.d.awake || h.conn == nil || !h.conn.Quiet)
}

// wake implements follower.
func (f *httpFollower) wake() {
	for id := range f.active.used {
		h := f.active.at(id + 1)
		if h.conn == nil || !h.conn.Quiet || !h.hasIdentity() {
			continue
		}
		for r := h.oldest; r != nil; r = r.next {
			if !r.known {
				f.past.parse(r.x.Request.Head)
				f.readRequest(nil, h, r, &f.past)
				f.d.sink.Request(&r.x)
			}
		}
	}
}

func (h *httpConn) hasIdentity() bool { return h.identity[0] || h.identity[1] }

// judge keeps whether the connection has an identity after r: NTLM binds the
// user to the connection, MS-NTHT section 2.2.2. A proxy that lets a 401 of the
// origin server pass has accepted its own credentials; a 407 says nothing of
// those for the origin server, which it did not reach.
func (h *httpConn) judge(r *httpRequest, status int) {
	if r.presented[1] {
		h.identity[1] = status != 407
	}
	if r.presented[0] && status != 407 {
		h.identity[0] = status != 401
	}
}

// cutBy notes what cut m.
func (x *Exchange) cutBy(m *message) {
	if m.isCut() {
		x.Problems = append(x.Problems, m.problem)
	}
}

func framingProblems(x *Exchange, hd *head, at capture.Stamp) {
	if hd.badLength {
		x.Problems = append(x.Problems, Problem{at.Frame, "Content-Length is not one number"})
	}
	if hd.folded {
		x.Problems = append(x.Problems, Problem{at.Frame, "a field is folded over several lines"})
	}
}
