package http

import (
	"unsafe"

	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
)

// readRequest completes the exchange of r by what hd says of its head, which is
// in r.text.
func (f *conversations) readRequest(c *carrier.Conn, h *conn, r *request, hd *head) {
	r.names = hd.names
	f.known(c, h, r)
	x := &r.x
	// A start line is in the same place, be the head unfolded or not.
	x.Target = auth.Target{Service: "HTTP", Verb: view(r.text, hd.method), Name: view(r.text, hd.target)}
	switch {
	case hd.hosts > 1:
		x.Target.Host = field(r.text, r.names, "Host")
	case hd.folded:
		x.Target.Host = string(hd.part(hd.host))
	default:
		x.Target.Host = view(r.text, hd.host)
	}
	x.Server = siteSession(x.Target.Name)
	if !x.Session.Proxy {
		x.Session = x.Server
	}
	x.Request.Body = auth.Body{Length: hd.length, Awaits: hd.expect}
	if hd.length == 0 {
		x.Request.Body.Withheld = x.Target.Verb == "POST" || x.Target.Verb == "PUT"
	}
	noteFraming(x, hd, x.Request.Stamp)
	if hd.auth {
		f.readCredentials(h, r, hd)
		if list := x.Request.Credentials; len(list) > 0 {
			x.Kind, x.Session = auth.Logon, list[len(list)-1].Session
		}
	}
}

// view returns a part of a head as a string that shares its memory: to copy it
// would cost more than to find it. It is good as long as the request is that
// owns the head.
func view(head []byte, s span) string {
	b := head[s.at:s.end]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// known begins the exchange of r. c may be nil where exchanges were given
// before.
func (f *conversations) known(c *carrier.Conn, h *conn, r *request) {
	if h.conn == nil {
		h.conn = f.conns.Take()
		*h.conn = c.Facts(f.env, h.client, h.start)
	}
	if h.conn.Digest == 0 && !r.plain && len(r.text) > 0 {
		h.conn.Digest = auth.DigestOf(r.text)
	}
	r.known = true
	x := &r.x
	x.Conn, x.Carrier, x.Marks = h.conn, name, r
	x.Kind, x.Session = auth.Use, h.session()
	x.Authenticated = h.hasIdentity()
}

// session returns the session that requests without credentials belong to.
func (h *conn) session() auth.Session {
	return sessions[side(h.identity[1] && !h.identity[0])]
}

// exchange returns the exchange of r, completed now if that was not done
// before.
func (f *conversations) exchange(c *carrier.Conn, h *conn, r *request) *auth.Exchange {
	x := &r.x
	switch {
	case r.known:
		x.Authenticated = h.hasIdentity()
	case len(r.text) > 0:
		f.past.parse(r.text)
		f.readRequest(c, h, r, &f.past)
	default:
		f.known(c, h, r)
	}
	return x
}

// answer completes the exchange of r with its response and passes it to the
// sink.
func (f *conversations) answer(c *carrier.Conn, h *conn, r *request, m *message) {
	hd, x := &f.head, f.exchange(c, h, r)
	if h.conn.Digest == 0 {
		h.conn.Digest = auth.DigestOf(m.raw)
	}
	r.answer = m.raw
	x.Response.First, x.Response.Stamp = m.first, m.done
	x.Ending = auth.Answered
	x.Ends = r.ends(hd, m)
	x.Last = x.Ends != 0
	noteFraming(x, hd, m.done)
	noteCut(x, m)
	if hd.auth {
		f.readChallenges(h, x, hd)
	}
	if len(x.Request.Credentials) > 0 && !m.isCut() {
		x.Response.Key = r.replyKey(hd)
	}
	r.proxySupport = proxySupport(hd.part(hd.support))
	r.setResult(hd, m.isCut())
	h.judge(r, hd.status)
	h.interest = f.env.Sink.Exchange(x)
	r.answer = nil
	if x.Kept() && hd.auth {
		f.reply = nil // it is the exchange's from here on
	}
}

// ends returns who announced the end of the connection with the request r or
// with the answer hd to it, whose head is m.
func (r *request) ends(hd *head, m *message) auth.Ends {
	if r.beginsTunnel(hd) {
		return 0
	}
	e := r.last | hd.lastOnConn()<<1
	if e == 0 && !m.isCut() && r.untilClose(hd) {
		e = auth.ServerEnds
	}
	return e
}

// beginsTunnel reports whether the answer hd to r ends HTTP on the connection,
// or begins it anew inside a tunnel.
func (r *request) beginsTunnel(hd *head) bool {
	return r.connect && hd.status/100 == 2 || hd.status == 101
}

// untilClose reports whether the body of the answer hd to r goes on until the
// connection is closed.
func (r *request) untilClose(hd *head) bool {
	return !hd.chunked && (hd.coded || hd.length < 0) && !r.bodiless(hd)
}

// bodiless reports whether the answer hd to r has no body whatever its fields
// say.
func (r *request) bodiless(hd *head) bool {
	return r.head || hd.status == 204 || hd.status == 304
}

// end passes the exchange of r, to which no answer was seen, to the sink if it
// is of interest.
func (f *conversations) end(c *carrier.Conn, h *conn, r *request, how auth.Ending, last bool) {
	switch {
	case r.known && !r.plain || f.listens(h):
		f.wanted(h, r)
		x := f.exchange(c, h, r)
		x.Ending = how
		x.Last = last || r.last != 0
		x.Result.Failed = true
		h.interest = f.env.Sink.Exchange(x)
	case r.plain:
		f.plainOver(r, how)
	}
	f.reuse(r)
}

// listens reports whether the sink wants every exchange of h.
func (f *conversations) listens(h *conn) bool {
	return h.hasIdentity() && f.env.Listens(h.interest)
}

// Waiting implements carrier.Conversations.
func (f *conversations) Waiting(yield func(*auth.Exchange) bool) {
	for id := range f.active.Used() {
		h := f.active.At(id + 1)
		if h.conn == nil || !h.hasIdentity() || f.env.Listens(h.interest) {
			continue
		}
		for r := h.oldest; r != nil; r = r.next {
			if r.known && !r.plain {
				continue
			}
			if !r.known {
				f.past.parse(r.text)
				f.readRequest(nil, h, r, &f.past)
			}
			f.wanted(h, r)
			if !yield(&r.x) {
				return
			}
		}
	}
}

func (h *conn) hasIdentity() bool { return h.identity[0] || h.identity[1] }

// judge keeps whether the connection has an identity after r: NTLM binds the
// user to the connection, MS-NTHT section 2.2.2. A proxy that lets a 401 of the
// origin server pass has accepted its own credentials; a 407 says nothing of
// those for the origin server, which it did not reach.
func (h *conn) judge(r *request, status int) {
	if r.presented[1] {
		h.identity[1] = status != 407
	}
	if r.presented[0] && status != 407 {
		h.identity[0] = status != 401
	}
}

// noteCut notes what cut m.
func noteCut(x *auth.Exchange, m *message) {
	if m.isCut() {
		x.Problems = append(x.Problems, m.problem)
	}
}

// noteFraming notes what is odd in a head at its stamp.
func noteFraming(x *auth.Exchange, hd *head, at capture.Stamp) {
	if hd.badLength {
		x.Note(at, "Content-Length is not one number")
	}
	if hd.folded {
		x.Note(at, "a field is folded over several lines")
	}
}
