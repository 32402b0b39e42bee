package analysis

import (
	"hash/maphash"
	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules/affinity"
	"ntlmtrace/analysis/trace"
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
func (a *Analysis) answer(l *trace.Conn, p *trace.Pending, s trace.Side) {
	x := p.Auth
	var h *trace.Handshake
	for _, one := range p.Handshakes {
		if trace.SideOf(one.Proxy) == s {
			h = one // of repeated fields the last is the one that the leg waits with
		}
	}
	for _, one := range p.Handshakes {
		if one != h && trace.SideOf(one.Proxy) == s {
			a.settle(l, one, x)
		}
	}
	c, challenge := challengeOf(&x.Response, s == trace.Proxy)
	switch {
	case h != nil && overtaken(h, x):
		if challenge != nil && h.Frames.Challenge == 0 {
			a.challenged(l, h, x, challenge)
		}
	case challenge != nil && h != nil && h.Frames.Authenticate == 0 && h.Frames.Challenge == 0:
		a.follows(l, s, h)
		a.challenged(l, h, x, challenge)
	case challenge != nil:
		if h != nil {
			h.AddProblem("answered with a new CHALLENGE")
			a.settle(l, h, x)
		}
		h = a.begin(l, x, c.Scheme, c.Proxy)
		h.Mechanism = trace.NTLM
		a.follows(l, s, h)
		a.challenged(l, h, x, challenge)
		if x.Request.Stamp.Seen() {
			a.describe(h, x)
			h.Frames.Request = 0 // the request that asked for this CHALLENGE is not the one that it answers
		}
	case h != nil:
		a.settle(l, h, x)
	}
	p.Reply[s] = h
}

// follows makes h, which gets a CHALLENGE, the one whose AUTHENTICATE is awaited. One
// that had a CHALLENGE before will not be answered.
func (a *Analysis) follows(l *trace.Conn, s trace.Side, h *trace.Handshake) {
	if h.Phase >= trace.Over {
		return // another NEGOTIATE came after its own
	}
	if old := l.Current[s]; old != nil && old != h && old.Frames.Challenge != 0 && old.Frames.Authenticate == 0 {
		old.Outcome = report.Incomplete
		old.AddProblem("another CHALLENGE came before it was answered")
		a.finish(l, old)
	}
	l.Current[s] = h
}

// overtaken reports whether the AUTHENTICATE of h came with a later request than
// x, whose answer is only heard of now: behind lost bytes the two directions come
// apart. That answer does not decide about the AUTHENTICATE.
func overtaken(h *trace.Handshake, x *decode.Exchange) bool {
	return x.Request.Stamp.Seen() && h.Frames.Negotiate == x.Request.Stamp.Frame && h.Frames.Authenticate > h.Frames.Negotiate
}

// challenged takes a CHALLENGE message.
func (a *Analysis) challenged(l *trace.Conn, h *trace.Handshake, x *decode.Exchange, m *ntlm.Challenge) {
	h.Mechanism = trace.NTLM
	h.Frames.Challenge, h.ChallengedAt = x.Response.Stamp.Frame, x.Response.Stamp.Time
	h.Status, h.ChallengeStatus = uint16(x.Response.Status), uint16(x.Response.Status)
	h.ServerChallenge, h.Flags[1] = m.ServerChallenge, m.Flags
	id := m.TargetInfo.Identity()
	h.Issuer, h.IssuedAt = a.ix.Issuer(id.Names, m.TargetInfo), id.Time
	if !h.Proxy {
		a.ix.Machines.Serves(l.Server, h.ServerName())
	}
	a.ix.AddChallenge(h)
	if before := l.Last; before != nil && before.Proxy == h.Proxy && before.ServerName() != "" && h.ServerName() != "" && machine.NetBIOS(before.ServerName()) != machine.NetBIOS(h.ServerName()) {
		h.NeedExtra().After = before
	}
	if x.LastOnConn {
		h.Closing = true
	}
}

// settle gives h its outcome from the answer in x and ends it.
func (a *Analysis) settle(l *trace.Conn, h *trace.Handshake, x *decode.Exchange) {
	r := &x.Response
	if r.Stamp.Seen() {
		h.Status, h.ResultAt = uint16(r.Status), r.Stamp.Time
		h.Frames.Result = r.Stamp.Frame
		h.ReplyKey = replyKey(r)
		h.Persistent = trace.Persistent(r)
	}
	for _, p := range x.Problems {
		h.AddProblem(p.Text)
	}
	a.pass(h).KerberosError = kerberosError(r, h.Proxy)
	h.Outcome = a.judge(h, x)
	h.Gap = h.Gap || x.Gap // a hole in the answers shows with the next answer only
	if had := l.Identity[trace.SideOf(h.Proxy)]; had != nil && h.User != "" && had.SameAccount(h) {
		h.AcceptedBefore = true
	}
	if h.Outcome == report.Accepted {
		l.Identity[trace.SideOf(h.Proxy)] = h
		l.Prefix = append(l.Prefix[:0], affinity.PathPrefix(a.pass(h).Target)...)
	}
	a.finish(l, h)
}

// judge tells the outcome of the credentials of h from the exchange that
// carried them (MS-NTHT 2.2.2 and 2.2.4, MS-N2HT 2.2.3, RFC 9110 15.5.2 and 15.5.8).
func (a *Analysis) judge(h *trace.Handshake, x *decode.Exchange) report.Outcome {
	r := &x.Response
	switch {
	case h.Frames.Authenticate == 0:
		if x.Ending == decode.Answered {
			h.AddProblem("the NEGOTIATE was not answered with a CHALLENGE")
		} else {
			h.AddProblem(x.Ending.String())
		}
		return report.Incomplete
	case x.Ending != decode.Answered:
		h.AddProblem(x.Ending.String())
		return report.Unknown
	}
	refused := 401
	if h.Proxy {
		refused = 407
	}
	switch {
	case r.Status == refused && goesOn(r, h.Proxy):
		h.AddProblem("the server asked for another message")
		return report.Unknown
	case r.Status == refused:
		return report.Denied
	case neutral(r.Status) && !confirmed(r, h.Proxy) || r.Status == 407:
		h.AddProblem("the status says nothing about the credentials")
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
	if trace.Persistent(r) != 0 {
		return true
	}
	for i := range r.Challenges {
		if c := &r.Challenges[i]; c.Proxy == proxied && c.Token != nil && c.Token.SPNEGO != nil {
			return true
		}
	}
	return false
}

var replySeed = maphash.MakeSeed()

// replyKey hashes what a proxy passes on unchanged of a response; 0 if not all
// of it was captured.
func replyKey(r *decode.Response) uint64 {
	if r.Cut {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(replySeed)
	h.WriteByte(byte(r.Status))
	h.WriteByte(byte(r.Status >> 8))
	for _, name := range [...]string{"ETag", "Location"} {
		h.WriteString(r.Field(name))
		h.WriteByte(0)
	}
	return table.Mix(h.Sum64(), uint64(r.ContentLength))
}
