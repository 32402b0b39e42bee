package analysis

import (
	"cmp"
	"slices"

	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
)

// challengeOf returns the CHALLENGE that a response carries for a session, if
// any.
func challengeOf(r *auth.Message, s auth.Session) (*auth.Challenge, *ntlm.Challenge) {
	for i := range r.Challenges {
		c := &r.Challenges[i]
		if c.Session == s && c.Token != nil && c.Token.Challenge != nil {
			return c, c.Token.Challenge
		}
	}
	return nil, nil
}

// answer adds the answer of p to the handshakes of each session that the answer
// or its request is about.
func (a *Analysis) answer(conn *trace.Conn, p *trace.Pending) {
	var few [2]auth.Session
	sessions := few[:0]
	for _, h := range p.Handshakes {
		sessions = trace.AppendNew(sessions, h.Session)
	}
	for i := range p.Auth.Response.Challenges {
		if c := &p.Auth.Response.Challenges[i]; c.Token != nil && c.Token.Challenge != nil {
			sessions = trace.AppendNew(sessions, c.Session)
		}
	}
	if len(sessions) > 1 {
		slices.SortFunc(sessions, func(x, y auth.Session) int { return cmp.Compare(x.ID, y.ID) })
	}
	for _, s := range sessions {
		if h := a.answerSession(conn, p, s); h != nil {
			p.Reply = append(p.Reply, h)
		}
	}
}

// answerSession adds the answer of p to the handshake of one session, and
// returns that handshake; nil if there is none.
func (a *Analysis) answerSession(conn *trace.Conn, p *trace.Pending, s auth.Session) *trace.Handshake {
	x := p.Auth
	var h *trace.Handshake
	for _, one := range p.Handshakes {
		if one.Session == s {
			h = one // of repeated fields the last is the one that the connection waits with
		}
	}
	for _, one := range p.Handshakes {
		if one != h && one.Session == s {
			a.settle(conn, one, x)
		}
	}
	c, challenge := challengeOf(&x.Response, s)
	switch {
	case h != nil && overtaken(h, x):
		if challenge != nil && h.Frames.Challenge == 0 {
			a.takeChallenge(conn, h, x, challenge)
		}
	case challenge != nil && h != nil && h.Frames.Authenticate == 0 && h.Frames.Challenge == 0:
		a.awaitAnswer(conn, h)
		a.takeChallenge(conn, h, x, challenge)
	case challenge != nil:
		if h != nil {
			h.AddProblem("answered with a new CHALLENGE")
			a.settle(conn, h, x)
		}
		h = a.begin(conn, x, c.Scheme, c.Session)
		h.Mechanism = trace.NTLM
		a.awaitAnswer(conn, h)
		a.takeChallenge(conn, h, x, challenge)
		if x.Request.Captured() {
			a.describe(h, x)
			a.ix.NoteIssuer(h)   // now that its site is known
			h.Frames.Request = 0 // the request that asked for this CHALLENGE is not the one that it answers
		}
	case h != nil:
		a.settle(conn, h, x)
	}
	return h
}

// awaitAnswer makes h, which gets a CHALLENGE, the handshake whose AUTHENTICATE
// is awaited next. One that had a CHALLENGE before will not be answered.
func (a *Analysis) awaitAnswer(conn *trace.Conn, h *trace.Handshake) {
	if h.Phase >= trace.Over {
		return // another NEGOTIATE came after its own
	}
	s := conn.Session(h.Session)
	if old := s.Current; old != nil && old != h && old.Frames.Challenge != 0 && old.Frames.Authenticate == 0 {
		old.Outcome = report.Incomplete
		old.AddProblem("another CHALLENGE came before it was answered")
		a.finish(conn, old)
	}
	conn.Session(h.Session).Current = h // finish may have moved the sessions
}

// overtaken reports whether the AUTHENTICATE of h came with a later request
// than x, whose answer is only reported now: behind lost bytes the two
// directions come apart. That answer does not decide about the AUTHENTICATE.
func overtaken(h *trace.Handshake, x *auth.Exchange) bool {
	return x.Request.Stamp.Seen() && h.Frames.Negotiate == x.Request.Stamp.Frame && h.Frames.Authenticate > h.Frames.Negotiate
}

// takeChallenge fills h from a CHALLENGE message.
func (a *Analysis) takeChallenge(conn *trace.Conn, h *trace.Handshake, x *auth.Exchange, m *ntlm.Challenge) {
	h.Mechanism = trace.NTLM
	h.Frames.Challenge, h.ChallengedAt = x.Response.Stamp.Frame, x.Response.Stamp.Time
	r := x.ResultOf(h.Session)
	h.Code, h.ResultText, h.ChallengeText = r.Code, r.Text, r.Text
	h.ServerChallenge, h.Flags[1] = m.ServerChallenge, m.Flags
	id := m.TargetInfo.Identity()
	h.Issuer, h.IssuedAt = a.ix.Issuer(id.Names, m.TargetInfo), id.Time
	if !h.Session.Proxy && !h.BehindProxy() {
		a.ix.Machines.Serves(conn.Server, h.ServerName(), h.ChallengedAt)
	}
	a.ix.AddChallenge(h)
	a.ix.NoteIssuer(h)
	if before := conn.Last; before != nil && before.Session == h.Session && before.ServerName() != "" && h.ServerName() != "" && machine.NetBIOS(before.ServerName()) != machine.NetBIOS(h.ServerName()) {
		h.NeedExtra().After = before
	}
	h.Closing, conn.Challenged = x.Ends, true
}

// settle takes the outcome of h from the answer in x and ends h.
func (a *Analysis) settle(conn *trace.Conn, h *trace.Handshake, x *auth.Exchange) {
	r := &x.Response
	if r.Stamp.Seen() {
		result := x.ResultOf(h.Session)
		h.Code, h.ResultText, h.ResultAt = result.Code, result.Text, r.Stamp.Time
		h.Answer, h.Reply, h.Failed, h.Confirmed, h.SingleRequest = result.Outcome, result.Reply, result.Failed, result.Confirmed, result.SingleRequest
		h.Frames.Result = r.Stamp.Frame
		h.ReplyKey = r.Key
	}
	for _, p := range x.Problems {
		h.AddProblem(p.Text)
	}
	a.details(h).KerberosError = kerberosError(r, h.Session)
	h.Outcome = a.judge(h, x)
	if h.Phase < trace.Over {
		h.Trouble = troubleOf(h, x)
	}
	if h.Trouble == report.ErrorAfter {
		conn.Watched = true // what follows on it may be well
	}
	if h.Frames.Authenticate == 0 {
		a.settleNegotiate(h, x)
	}
	h.Gap = h.Gap || x.Gap // a hole in the answers shows with the next answer only
	if had := conn.IdentityOf(h.Session); had != nil && h.User != "" && had.SameAccount(h) {
		h.AcceptedBefore = true
	}
	if h.Outcome == report.Accepted {
		conn.Session(h.Session).Identity = h
		conn.Prefix = append(conn.Prefix[:0], trace.PathPrefix(a.details(h).Target)...)
	}
	a.finish(conn, h)
}

// settleNegotiate keeps what the answer to a NEGOTIATE says instead of a
// CHALLENGE.
func (a *Analysis) settleNegotiate(h *trace.Handshake, x *auth.Exchange) {
	h.Closing, a.details(h).Offered = x.Ends, trace.OfferTo(&x.Response, h.Session)
	for _, p := range x.Problems {
		if p.Frame == x.Response.Stamp.Frame {
			h.Reply = auth.NoReply // there may have been a CHALLENGE in it
		}
	}
}

// judge decides the outcome of the credentials of h from the exchange that
// carried them. The carrier decides what an answer means.
func (a *Analysis) judge(h *trace.Handshake, x *auth.Exchange) report.Outcome {
	switch {
	case h.Frames.Authenticate == 0:
		if x.Ending == auth.Answered {
			h.AddProblem("the NEGOTIATE was not answered with a CHALLENGE")
		} else {
			h.AddProblem(x.Ending.String())
		}
		return report.Incomplete
	case x.Ending != auth.Answered:
		h.AddProblem(x.Ending.String())
		return report.Unknown
	}
	switch o := x.ResultOf(h.Session).Outcome; {
	case o.LoggedOn():
		return report.Accepted
	case o == auth.Denied:
		return report.Denied
	case o == auth.More:
		h.AddProblem("the server asked for another message")
		return report.Incomplete
	}
	h.AddProblem("the status says nothing about the credentials")
	return report.Unknown
}

// kerberosError returns the code of the KRB-ERROR that a response carries for a
// session, 0 if none.
func kerberosError(r *auth.Message, s auth.Session) int {
	for i := range r.Challenges {
		if c := &r.Challenges[i]; c.Session == s && c.Token != nil && c.Token.Kerberos != nil {
			return c.Token.Kerberos.ErrorCode
		}
	}
	return 0
}
