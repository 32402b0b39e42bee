package http

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// request is a request without an answer, and the exchange that it begins.
type request struct {
	next    *request // the one after it
	scratch *scratch // what its credentials are decoded into; nil if it has none
	held    int32    // bytes of its head, if nothing of it was of interest when it came

	known     bool      // something of it is, or may be, of interest: x is filled in
	plain     bool      // it is known only because it was given to PlainSink.Plain
	cut       bool      // its head is not all there
	head      bool      // HEAD: the response has no body
	connect   bool      // CONNECT: a response with 2xx begins a tunnel
	last      auth.Ends // how the client announced the end of the connection; 0 if it did not
	presented [2]bool   // it has credentials, for the origin server and for the proxy

	text    ntlm.Secret           // its head as sent, credentials and all
	names   nameSet               // of the fields of text; 0 if unknown
	answer  ntlm.Secret           // the response's head as sent, during Sink.Exchange only
	results [2]auth.SessionResult // of x

	proxySupport string // of the response, see auth.ProxySupport

	x auth.Exchange // only Index, Gap, and First and Stamp of its Request, until known is set
}

// scratch holds the buffers into which the authentication fields of one message
// are decoded; the next message reuses them.
type scratch struct {
	token.Scratch
	credentials [1]auth.Credentials
	challenges  [2]auth.Challenge
}

// queue holds the requests of a connection that have no answer yet, in
// order.
type queue struct {
	oldest, newest *request
	waiting        int32
	heldBytes      int32 // of all held
}

func (q *queue) push(r *request) {
	if q.newest == nil {
		q.oldest = r
	} else {
		q.newest.next = r
	}
	q.newest = r
	q.waiting++
}

// pop takes the oldest one, of which there must be one.
func (q *queue) pop() *request {
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

// reuse takes back r, which is over, for another request. The sink may have
// kept its exchange, and what its credentials were decoded into with it.
func (f *conversations) reuse(r *request) {
	if r.x.Kept() {
		return
	}
	if r.scratch != nil && r.scratch.Size() <= maxPooled {
		f.scratches.Put(r.scratch)
	}
	if cap(r.text) <= maxPooled {
		r.reset()
		f.queued.Put(r)
	}
}

// reset makes r as good as new for a request that was captured, which sets all
// that is left.
func (r *request) reset() {
	r.held = 0
	r.text = r.text[:0]
	if !r.known {
		return
	}
	r.plain = false
	r.scratch, r.known, r.presented, r.proxySupport = nil, false, [2]bool{}, ""
	x := &r.x
	x.Request.Credentials = nil
	x.Response, x.Result, x.Results = auth.Message{}, auth.Result{}, nil
	x.Kind, x.Ending, x.Last, x.Ends, x.Problems = auth.Logon, auth.Open, false, 0, nil
}

// newOrphan returns an exchange whose request was not captured.
func (f *conversations) newOrphan() *request {
	r := f.queued.Take()
	*r = request{text: r.text}
	return r
}

// reuseConn takes back c, of which the sink has heard the end.
func (f *conversations) reuseConn(c *auth.Conn) {
	if !c.Kept() {
		f.conns.Put(c)
	}
}

// newScratch returns buffers that nothing is decoded into.
func (f *conversations) newScratch() *scratch {
	s := f.scratches.Take()
	s.Reset()
	return s
}
