package decode

// httpRequest is a request without an answer, and the exchange that it begins.
type httpRequest struct {
	next *httpRequest // the one after it
	room *room        // what its credentials are decoded in; nil if it has none
	held int32        // bytes of its head, if nothing of it was of interest when it came

	known     bool    // something of it is, or may be, of interest: x is filled in
	cut       bool    // its head is not all there
	head      bool    // HEAD: the response has no body
	connect   bool    // CONNECT: a response with 2xx begins a tunnel
	last      bool    // the client announced the end of the connection
	presented [2]bool // it has credentials, for the origin server and for the proxy

	x Exchange // only Index, Gap, and First, Stamp and Head of its Request, until known is set
}

// httpQueue holds the requests of a connection that have no answer yet, in
// order.
type httpQueue struct {
	oldest, newest *httpRequest
	waiting        int32
	heldBytes      int32 // of all held
}

func (q *httpQueue) push(r *httpRequest) {
	if q.newest == nil {
		q.oldest = r
	} else {
		q.newest.next = r
	}
	q.newest = r
	q.waiting++
}

// pop takes the oldest one, of which there must be one.
func (q *httpQueue) pop() *httpRequest {
	r := q.oldest
	if q.oldest = r.next; q.oldest == nil {
		q.newest = nil
	}
	r.next = nil
	q.waiting--
	q.heldBytes -= r.held
	return r
}

// maxPooled bounds the memory of what is kept for use again: one long head must
// not pin its memory for the whole run.
const maxPooled = 8 << 10

// reuse takes back r, which is over, for another request. The sink may have kept
// its exchange, and what its credentials were decoded in with it.
func (f *httpFollower) reuse(r *httpRequest) {
	if r.x.kept {
		return
	}
	if r.room != nil && cap(r.room.raw) <= maxPooled {
		f.rooms.Put(r.room)
	}
	if cap(r.x.Request.Head) <= maxPooled {
		r.forget()
		f.queued.Put(r)
	}
}

// forget makes r as good as new for a request that was captured, which sets all
// that is left.
func (r *httpRequest) forget() {
	r.held = 0
	x := &r.x
	x.Request.Head = x.Request.Head[:0]
	if !r.known {
		return
	}
	r.room, r.known, r.presented = nil, false, [2]bool{}
	x.Request.Credentials = nil
	x.Response, x.Ending, x.LastOnConn, x.Problems = Response{}, Open, false, nil
}

// newOrphan gives an exchange whose request was not captured.
func (f *httpFollower) newOrphan() *httpRequest {
	r := f.queued.Take()
	*r = httpRequest{x: Exchange{Request: Request{Head: r.x.Request.Head}}}
	return r
}

// reuseConn takes back c, of which the sink has heard the end.
func (f *httpFollower) reuseConn(c *Conn) {
	if !c.kept {
		f.conns.Put(c)
	}
}

// newRoom gives a room that nothing is decoded in.
func (f *httpFollower) newRoom() *room {
	r := f.rooms.Take()
	r.clear()
	return r
}
