package http

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
)

// plain passes r, of which the Sink is told nothing else, to a Sink that wants
// to know what clients ask of this server. The head of r is in f.head.
func (f *conversations) plain(c *carrier.Conn, h *conn, r *request) {
	if !f.wantsPlain(c, h) {
		return
	}
	r.plain = true
	f.readRequest(c, h, r, &f.head)
	r.x.Gap = r.x.Gap || r.cut
	f.env.Plain.Plain(&r.x)
}

// plainOrphan passes an answer whose request was not captured to such a Sink:
// it is to know that it has missed one.
func (f *conversations) plainOrphan(c *carrier.Conn, h *conn, r *request, m *message) {
	r.plain = true
	f.known(c, h, r)
	r.x.Response.First, r.x.Response.Stamp = m.first, m.done
	f.plainOver(r, auth.Answered)
}

// wantsPlain reports whether the Sink wants to know what clients ask of the
// server of h.
func (f *conversations) wantsPlain(c *carrier.Conn, h *conn) bool {
	return f.env.Plain != nil && f.env.Plain.WantsPlain(c.TCP.Endpoint(h.server()).Addr())
}

// plainOver reports the end of a request that was passed to the Sink by plain.
func (f *conversations) plainOver(r *request, how auth.Ending) {
	r.x.Ending = how
	f.env.Plain.Plain(&r.x)
}

// wanted makes the exchange of r one that the Sink takes, whether or not it was
// plain until now.
func (f *conversations) wanted(h *conn, r *request) {
	if !r.plain {
		return
	}
	r.plain = false
	if h.conn.Digest == 0 {
		h.conn.Digest = auth.DigestOf(r.text)
	}
}
