package decode

import "ntlmtrace/capture"

// readCredentials reads the credentials of r.
func (f *httpFollower) readCredentials(h *httpConn, r *httpRequest, hd *head) {
	if r.room == nil {
		r.room = f.newRoom()
	}
	x := &r.x
	x.Request.Credentials = r.room.credentials[:0]
	for _, p := range hd.places {
		before := len(x.Request.Credentials)
		list, problems := r.room.readCredentials(x.Request.Credentials, hd.part(p.value), p.proxy, h.conn.negotiated[side(p.proxy)])
		x.Request.Credentials = list
		if before > 0 && list[before-1].Proxy == p.proxy || len(list) > before+1 {
			problems = append(problems, "more than one set of credentials")
		}
		r.presented[side(p.proxy)] = r.presented[side(p.proxy)] || len(list) > before
		x.odd(x.Request.Stamp, hd.part(p.name), problems)
		if len(list) >= maxAuthItems {
			return
		}
	}
}

// readChallenges reads the challenges of x's response, and keeps the flags that
// the AUTHENTICATE to come is read with.
func (f *httpFollower) readChallenges(h *httpConn, x *Exchange, hd *head) {
	if f.reply == nil {
		f.reply = f.newRoom()
	}
	f.reply.clear()
	x.Response.Challenges = f.reply.challenges[:0]
	for _, p := range hd.places {
		before := len(x.Response.Challenges)
		list, problems := f.reply.readChallenges(x.Response.Challenges, hd.part(p.value), p.proxy)
		x.Response.Challenges = list
		for _, ch := range list[before:] {
			if ch.Token != nil && ch.Token.Challenge != nil {
				h.conn.negotiated[side(p.proxy)] = ch.Token.Challenge.Flags
			}
		}
		x.odd(x.Response.Stamp, hd.part(p.name), problems)
		if len(list) >= maxAuthItems {
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
