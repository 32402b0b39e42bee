package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// challengeOf gives the CHALLENGE that a response carries for one side, if any.
func challengeOf(r *decode.Response, proxied bool) (*decode.Challenge, *ntlm.Challenge) {
	for i := range r.Challenges {
		c := &r.Challenges[i]
		if c.Proxy == proxied && c.Token != nil && c.Token.Challenge != nil {
			return c, c.Token.Challenge
		}
	}
	return nil, nil
}

// goesOn reports whether a 401 or 407 asks for the next message of a handshake
// instead of refusing it.
func goesOn(r *decode.Response, proxied bool) bool {
	for i := range r.Challenges {
		c := &r.Challenges[i]
		if c.Proxy != proxied || c.Token == nil {
			continue
		}
		if c.Token.Challenge != nil {
			return true
		}
		if s := c.Token.SPNEGO; s != nil && s.NegState != nil && *s.NegState == spnego.AcceptIncomplete {
			return true
		}
	}
	return false
}

// answer takes a response, for the handshake of one side.
func (a *Analysis) answer(l *leg, p *pending, s side) {
	x := p.x
	var h *handshakeState
	for _, one := range p.hs {
		if sideOf(one.Proxy) == s {
			h = one // of repeated fields the last is the one that the leg waits with
		}
	}
	for _, one := range p.hs {
		if one != h && sideOf(one.Proxy) == s {
			a.settle(l, one, x)
		}
	}
	c, challenge := challengeOf(&x.Response, s == proxy)
	switch {
	case h != nil && h.overtaken(x):
		if challenge != nil && h.Frames.Challenge == 0 {
			a.challenged(l, h, x, challenge)
		}
	case challenge != nil && h != nil && h.Frames.Authenticate == 0 && h.Frames.Challenge == 0:
		a.follows(l, s, h)
		a.challenged(l, h, x, challenge)
	case challenge != nil:
		if h != nil {
			h.problem("answered with a new CHALLENGE")
			a.settle(l, h, x)
		}
		h = a.begin(l, x, c.Scheme, c.Proxy)
		h.mech = mechNTLM
		a.follows(l, s, h)
		a.challenged(l, h, x, challenge)
		if x.Request.Stamp.Seen() {
			h.describe(a, x)
			h.Frames.Request = 0 // the request that asked for this CHALLENGE is not the one that it answers
		}
	case h != nil:
		a.settle(l, h, x)
	}
	p.reply[s] = h
}

// follows makes h, which gets a CHALLENGE, the one whose AUTHENTICATE is awaited. One
// that had a CHALLENGE before will not be answered.
func (a *Analysis) follows(l *leg, s side, h *handshakeState) {
	if h.over {
		return // another NEGOTIATE came after its own
	}
	if old := l.current[s]; old != nil && old != h && old.Frames.Challenge != 0 && old.Frames.Authenticate == 0 {
		old.Outcome = report.Incomplete
		old.problem("another CHALLENGE came before it was answered")
		a.finish(l, old)
	}
	l.current[s] = h
}

// overtaken reports whether the AUTHENTICATE of h came with a later request than
// x, whose answer is only heard of now: behind lost bytes the two directions come
// apart. That answer does not decide about the AUTHENTICATE.
func (h *handshakeState) overtaken(x *decode.Exchange) bool {
	return x.Request.Stamp.Seen() && h.Frames.Negotiate == x.Request.Stamp.Frame && h.Frames.Authenticate > h.Frames.Negotiate
}

// challenged takes a CHALLENGE message.
func (a *Analysis) challenged(l *leg, h *handshakeState, x *decode.Exchange, m *ntlm.Challenge) {
	h.mech = mechNTLM
	h.Frames.Challenge, h.challenged = x.Response.Stamp.Frame, x.Response.Stamp.Time
	h.Status, h.challengeStatus = uint16(x.Response.Status), uint16(x.Response.Status)
	h.challenge, h.flags[1] = m.ServerChallenge, m.Flags
	id := m.TargetInfo.Identity()
	h.issuer, h.issuedAt = a.ix.issuer(id.Names, m.TargetInfo), id.Time
	if !h.Proxy {
		a.ix.machines.serves(l.server, h.serverName())
	}
	a.ix.addChallenge(h)
	if before := l.last; before != nil && before.Proxy == h.Proxy && before.serverName() != "" && h.serverName() != "" && netbios(before.serverName()) != netbios(h.serverName()) {
		h.own().after = before
	}
	if x.LastOnConn {
		h.closing = true
	}
}

// settle gives h its outcome from the answer in x and ends it.
func (a *Analysis) settle(l *leg, h *handshakeState, x *decode.Exchange) {
	r := &x.Response
	if r.Stamp.Seen() {
		h.Status, h.resulted = uint16(r.Status), r.Stamp.Time
		h.Frames.Result = r.Stamp.Frame
		h.reply = replyKey(r)
		h.persistent = persistent(r)
	}
	for _, p := range x.Problems {
		h.problem(p.Text)
	}
	a.pass(h).kerberosError = kerberosError(r, h.Proxy)
	h.Outcome = a.judge(h, x)
	h.gap = h.gap || x.Gap // a hole in the answers shows with the next answer only
	if had := l.identity[sideOf(h.Proxy)]; had != nil && h.User != "" && had.sameAccount(h) {
		h.acceptedBefore = true
	}
	if h.Outcome == report.Accepted {
		l.identity[sideOf(h.Proxy)] = h
		l.prefix = append(l.prefix[:0], pathPrefix(a.pass(h).target)...)
		a.pooled(l, h, x)
	}
	a.finish(l, h)
}

// judge tells the outcome of the credentials of h from the exchange that
// carried them (MS-NTHT 2.2.2 and 2.2.4, MS-N2HT 2.2.3, RFC 9110 15.5.2 and 15.5.8).
func (a *Analysis) judge(h *handshakeState, x *decode.Exchange) report.Outcome {
	r := &x.Response
	switch {
	case h.Frames.Authenticate == 0:
		if x.Ending == decode.Answered {
			h.problem("the NEGOTIATE was not answered with a CHALLENGE")
		} else {
			h.problem(x.Ending.String())
		}
		return report.Incomplete
	case x.Ending != decode.Answered:
		h.problem(x.Ending.String())
		return report.Unknown
	}
	refused := 401
	if h.Proxy {
		refused = 407
	}
	switch {
	case r.Status == refused && goesOn(r, h.Proxy):
		h.problem("the server asked for another message")
		return report.Unknown
	case r.Status == refused:
		return report.Denied
	case neutral(r.Status) && !confirmed(r, h.Proxy) || r.Status == 407:
		h.problem("the status says nothing about the credentials")
		return report.Unknown
	}
	return report.Accepted
}

// kerberosError gives the code of the KRB-ERROR that a response carries, 0 if none.
func kerberosError(r *decode.Response, proxied bool) int {
	for i := range r.Challenges {
		if c := &r.Challenges[i]; c.Proxy == proxied && c.Token != nil && c.Token.Kerberos != nil {
			return c.Token.Kerberos.ErrorCode
		}
	}
	return 0
}

// neutral reports whether a status may have been given before anybody looked
// at the credentials.
func neutral(status int) bool {
	switch status {
	case 400, 408, 421, 425, 429, 502, 503, 504:
		return true
	}
	return false
}

// confirmed reports whether a response proves that the credentials were
// accepted: MS-N2HT 2.2.2 Persistent-Auth, or a last SPNEGO token.
func confirmed(r *decode.Response, proxied bool) bool {
	if persistent(r) != 0 {
		return true
	}
	for i := range r.Challenges {
		if c := &r.Challenges[i]; c.Proxy == proxied && c.Token != nil && c.Token.SPNEGO != nil {
			return true
		}
	}
	return false
}
