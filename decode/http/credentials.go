package http

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
)

// The sessions of a connection: the logon to the origin server, and that to a
// proxy. Behind a forward proxy each site has a session of its own instead of
// the first: see siteSession.
var sessions = [2]auth.Session{{}, {ID: 1, Proxy: true}}

// readCredentials reads the credentials of r.
func (f *conversations) readCredentials(h *conn, r *request, hd *head) {
	if r.scratch == nil {
		r.scratch = f.newScratch()
	}
	x := &r.x
	x.Request.Credentials = r.scratch.credentials[:0]
	for _, p := range hd.places {
		before := len(x.Request.Credentials)
		list, problems := r.scratch.readCredentials(x.Request.Credentials, hd.part(p.value), p.proxy, h.negotiated[side(p.proxy)])
		x.Request.Credentials = list
		for i := range list[before:] {
			if c := &list[before+i]; !c.Session.Proxy {
				c.Session = x.Server
			}
		}
		if before > 0 && list[before-1].Session.Proxy == p.proxy || len(list) > before+1 {
			problems = append(problems, "more than one set of credentials")
		}
		r.presented[side(p.proxy)] = r.presented[side(p.proxy)] || len(list) > before
		noteOdd(x, x.Request.Stamp, hd.part(p.name), problems)
		if len(list) >= maxAuthItems {
			return
		}
	}
}

// readChallenges reads the challenges of x's response, and keeps the flags that
// the AUTHENTICATE to come is read with.
func (f *conversations) readChallenges(h *conn, x *auth.Exchange, hd *head) {
	if f.reply == nil {
		f.reply = f.newScratch()
	}
	f.reply.Reset()
	x.Response.Challenges = f.reply.challenges[:0]
	for _, p := range hd.places {
		before := len(x.Response.Challenges)
		list, problems := f.reply.readChallenges(x.Response.Challenges, hd.part(p.value), p.proxy)
		x.Response.Challenges = list
		for i := range list[before:] {
			ch := &list[before+i]
			if !ch.Session.Proxy {
				ch.Session = x.Server
			}
			if ch.Token != nil && ch.Token.Challenge != nil {
				h.negotiated[side(p.proxy)] = ch.Token.Challenge.Flags
			}
		}
		noteOdd(x, x.Response.Stamp, hd.part(p.name), problems)
		if len(list) >= maxAuthItems {
			return
		}
	}
}

// side returns the place of what belongs to the proxy, or to the origin server.
func side(proxy bool) int {
	if proxy {
		return 1
	}
	return 0
}

// noteOdd notes problems of the field called name.
func noteOdd(x *auth.Exchange, at capture.Stamp, name []byte, problems []string) {
	for _, p := range problems {
		x.Note(at, string(name)+": "+p)
	}
}
