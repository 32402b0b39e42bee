package decode

import "ntlmtrace/capture"

// readRequest makes the exchange of r from its raw head and what hd says of it.
func (f *httpFollower) readRequest(c *capture.Conn, h *httpConn, r *httpRequest, raw []byte, hd *head) {
	r.x = f.newExchange(c, h, r)
	q := &r.x.Request
	*q = Request{
		First: r.first, Stamp: r.done,
		Method: usualText(hd.method), Target: string(hd.target), Version: usualText(hd.version),
		ContentLength: hd.length, Chunked: hd.chunked,
		Head: append(q.Head, raw...), Credentials: q.Credentials, letters: hd.letters,
	}
	switch {
	case hd.hosts > 1:
		q.Host = q.Field("Host")
	case string(hd.host) == h.host:
		q.Host = h.host
	default:
		q.Host = string(hd.host)
		h.host = q.Host[:min(len(q.Host), maxHost)]
	}
	framingProblems(r.x, hd, r.done)
	if hd.auth {
		f.readCredentials(h, r.x)
	}
}

// newExchange begins the exchange of r. Without c, which may be nil where exchanges
// were given before, it is not marked.
func (f *httpFollower) newExchange(c *capture.Conn, h *httpConn, r *httpRequest) *Exchange {
	if h.conn == nil {
		h.conn = &Conn{
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
	x := f.spareExchange()
	x.Conn, x.Carrier, x.Index, x.Gap = h.conn, HTTP.Name, int(r.index), r.gap
	x.Authenticated = h.hasIdentity()
	if c != nil {
		x.marks(c, h)
	}
	return x
}

// spareExchange gives an empty exchange, with the slices of one that is over if
// possible: only those that the sink kept cost memory anew.
func (f *httpFollower) spareExchange() *Exchange {
	n := len(f.spare)
	if n == 0 {
		return &Exchange{}
	}
	x := f.spare[n-1]
	f.spare = f.spare[:n-1]
	return x
}

// maxSpare is how many exchanges wait to be used again: more are hardly ever
// without an answer at once.
const maxSpare = 256

// reuse takes back the exchange of r, which is over.
func (f *httpFollower) reuse(r *httpRequest) {
	x := r.x
	r.x = nil
	if x == nil || x.kept || len(f.spare) == maxSpare || cap(x.Request.Head) > maxPooled || cap(x.Response.Head) > maxPooled {
		return
	}
	clear(x.Request.Credentials)
	clear(x.Response.Challenges)
	*x = Exchange{
		Request:  Request{Head: x.Request.Head[:0], Credentials: x.Request.Credentials[:0]},
		Response: Response{Head: x.Response.Head[:0], Challenges: x.Response.Challenges[:0]},
	}
	f.spare = append(f.spare, x)
}

// maxHost bounds the Host that is remembered of a connection, since nearly all
// its requests have the same one: names in DNS have 253 letters at most.
const maxHost = 260

// usualText gives b as a string. The texts that nearly all messages have cost
// no memory.
func usualText(b []byte) string {
	switch string(b) {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "HTTP/1.1":
		return "HTTP/1.1"
	}
	return string(b)
}

// exchange gives the exchange of r, made now if that was not done before.
func (f *httpFollower) exchange(c *capture.Conn, h *httpConn, r *httpRequest) *Exchange {
	switch {
	case r.x != nil:
	case len(r.raw) > 0:
		f.past.parse(r.raw)
		f.readRequest(c, h, r, r.raw, &f.past)
	default:
		r.x = f.newExchange(c, h, r)
	}
	x := r.x
	x.Authenticated = h.hasIdentity()
	x.marks(c, h)
	return x
}

// marks takes over how the capturing machine saw the packets of c so far.
func (x *Exchange) marks(c *capture.Conn, h *httpConn) {
	client, server := h.client, h.server()
	x.ClientLocal, x.ServerLocal = c.Outbound(client), c.Outbound(server)
	x.ClientArrived, x.ServerArrived = c.Inbound(client), c.Inbound(server)
}

// answer completes the exchange of r with its response and gives it.
func (f *httpFollower) answer(c *capture.Conn, h *httpConn, r *httpRequest, m message) {
	hd, x := &f.head, f.exchange(c, h, r)
	x.Response = Response{
		First: m.first, Stamp: m.done, Status: hd.status,
		ContentLength: hd.length, Head: append(x.Response.Head, m.raw...), Challenges: x.Response.Challenges, letters: hd.letters,
		Cut: m.isCut(),
	}
	x.Ending = Answered
	x.LastOnConn = !r.beginsTunnel(hd) && (r.last || hd.lastOnConn() || !m.isCut() && r.untilClose(hd))
	framingProblems(x, hd, m.done)
	f.problem(x, m)
	if hd.auth {
		f.readChallenges(h, x)
	}
	h.judge(x)
	f.d.sink.Exchange(x)
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
func (f *httpFollower) end(c *capture.Conn, h *httpConn, r *httpRequest, how Ending, last bool) {
	if r.x == nil && !f.listens(h) {
		return
	}
	x := f.exchange(c, h, r)
	x.Ending = how
	x.LastOnConn = last || r.last
	f.d.sink.Exchange(x)
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
		if h.conn == nil || !h.conn.Quiet || h.queue == nil || !h.hasIdentity() {
			continue
		}
		for i := range h.queue.waiting() {
			r := &h.queue.requests[h.queue.at+i]
			if r.x == nil && len(r.raw) > 0 {
				f.past.parse(r.raw)
				f.readRequest(nil, h, r, r.raw, &f.past)
				f.d.sink.Request(r.x)
			}
		}
	}
}

func (h *httpConn) hasIdentity() bool { return h.identity[0] || h.identity[1] }

// judge keeps whether the connection has an identity after x: NTLM binds the
// user to the connection, MS-NTHT section 2.2.2. A proxy that lets a 401 of the
// origin server pass has accepted its own credentials; a 407 says nothing of
// those for the origin server, which it did not reach.
func (h *httpConn) judge(x *Exchange) {
	for _, cr := range x.Request.Credentials {
		switch status := x.Response.Status; {
		case cr.Proxy:
			h.identity[1] = status != 407
		case status != 407:
			h.identity[0] = status != 401
		}
	}
}

// problem notes what cut m.
func (f *httpFollower) problem(x *Exchange, m message) {
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

// readCredentials reads the credentials of x's request.
func (f *httpFollower) readCredentials(h *httpConn, x *Exchange) {
	for name, value := range fields(x.Request.Head, letter('A')|letter('P')) {
		proxy := isName(name, "proxy-authorization")
		if !proxy && !isName(name, "authorization") {
			continue
		}
		before := len(x.Request.Credentials)
		list, problems := parseCredentials(string(value), proxy, h.negotiated[side(proxy)])
		x.Request.Credentials = append(x.Request.Credentials, list...)
		if before > 0 && x.Request.Credentials[before-1].Proxy == proxy || len(list) > 1 {
			problems = append(problems, "more than one set of credentials")
		}
		x.odd(x.Request.Stamp, name, problems)
		if len(x.Request.Credentials) >= maxAuthItems {
			return
		}
	}
}

// readChallenges reads the challenges of x's response, and keeps the flags that
// the AUTHENTICATE to come is read with.
func (f *httpFollower) readChallenges(h *httpConn, x *Exchange) {
	for name, value := range fields(x.Response.Head, letter('W')|letter('P')) {
		proxy := isName(name, "proxy-authenticate")
		if !proxy && !isName(name, "www-authenticate") {
			continue
		}
		list, problems := parseChallenges(string(value), proxy)
		for _, ch := range list {
			if ch.Token != nil && ch.Token.Challenge != nil {
				h.negotiated[side(proxy)] = ch.Token.Challenge.Flags
			}
		}
		x.Response.Challenges = append(x.Response.Challenges, list...)
		x.odd(x.Response.Stamp, name, problems)
		if len(x.Response.Challenges) >= maxAuthItems {
			return
		}
	}
}

// side is the place of what belongs to the proxy, or to the origin server.
func side(proxy bool) int {
	if proxy {
		return 1
	}
	return 0
}

// odd notes problems of the field called name.
func (x *Exchange) odd(at capture.Stamp, name []byte, problems []string) {
	for _, p := range problems {
		x.Problems = append(x.Problems, Problem{at.Frame, string(name) + ": " + p})
	}
}
