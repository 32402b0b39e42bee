package analysis

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// Request implements decode.Sink: a request head with credentials, or on a
// connection that has an identity, is complete.
func (a *Analysis) Request(x *decode.Exchange) {
	a.Advance(x.Request.Stamp.Time)
	l := a.leg(x)
	a.marks(x)
	if l.copied {
		return
	}
	p := a.request(x)
	for i := range x.Request.Credentials {
		p.hs = append(p.hs, a.present(l, x, &x.Request.Credentials[i]))
	}
	p.outer = a.open(l, p)
	l.waiting = append(l.waiting, p)
}

// Exchange implements decode.Sink: an exchange is over.
func (a *Analysis) Exchange(x *decode.Exchange) {
	at := x.Response.Stamp
	if !at.Seen() {
		at.Time = a.now
	}
	a.Advance(at.Time)
	l := a.leg(x)
	a.marks(x)
	if l.copied {
		if len(x.Request.Credentials) > 0 {
			a.summary.NotRead.Copies++
		}
		return
	}
	p := a.take(l, x)
	before := l.identity
	for _, s := range [...]side{origin, proxy} {
		a.answer(l, p, s)
	}
	if x.Response.Status == 401 && len(p.hs) == 0 && x.Request.Stamp.Seen() && persistent(&x.Response) <= 0 {
		l.identity[origin] = nil // the server asks again: it has forgotten
	}
	v := &a.visiting
	*v = Visit{x: x, leg: l, hs: p.hs, before: before[origin], at: at.Time}
	own := p.outer
	a.answeredBy(l, p)
	a.ix.offered(v)
	a.visit(v, own)
	*v = Visit{}
}

// marks notes what the packets said of the machine that captured them.
func (a *Analysis) marks(x *decode.Exchange) {
	c, s := x.Conn.Client.Addr(), x.Conn.Server.Addr()
	if x.ClientLocal {
		a.ix.machines.marked(c, true)
	}
	if x.ServerLocal {
		a.ix.machines.marked(s, true)
	}
	if x.ClientArrived {
		a.ix.machines.marked(c, false)
	}
	if x.ServerArrived {
		a.ix.machines.marked(s, false)
	}
}

// present takes one set of credentials and gives the handshake that it belongs to.
func (a *Analysis) present(l *leg, x *decode.Exchange, c *decode.Credentials) *Handshake {
	s := sideOf(c.Proxy)
	h := l.current[s]
	if h != nil && !h.continues(c.Token) {
		if !h.over { // another first message: that handshake went no further
			h.Outcome = Incomplete
			a.finish(l, h)
		}
		h = nil
	}
	if h == nil {
		h = a.begin(l, x, c.Scheme, c.Proxy)
		if before := l.last; before != nil && before.Scheme == "Negotiate" && c.Scheme == "Negotiate" && before.Outcome != Accepted && before.Mechanism != "NTLM" {
			h.chosen = before
		}
	}
	l.current[s] = h
	switch t := c.Token; {
	case t != nil && t.Negotiate != nil:
		h.Frames.Negotiate, h.negotiated = x.Request.Stamp.Frame, x.Request.Stamp.Time
		h.flags[0] = t.Negotiate.Flags
		p := a.pass(h)
		p.negotiateSize = x.Request.ContentLength
		p.emptyPost = x.Request.ContentLength == 0 && (x.Request.Method == "POST" || x.Request.Method == "PUT")
		p.expects = x.Request.Field("Expect") != ""
	case t != nil && t.Authenticate != nil:
		a.authenticate(l, h, x, t.Authenticate)
	default:
		a.presentWhole(l, h, x, c)
	}
	h.describe(a, x)
	for _, p := range x.Problems {
		h.problem(p.Text)
	}
	return h
}

// continues reports whether credentials with token t go on with h rather than
// begin a handshake of their own.
func (h *Handshake) continues(t *decode.Token) bool {
	return t != nil && t.Authenticate != nil && !h.over && h.Mechanism == "NTLM" &&
		h.Frames.Authenticate == 0 && (h.Frames.Challenge != 0 || h.Frames.Result == 0)
}

// begin makes the handshake whose first message x carries.
func (a *Analysis) begin(l *leg, x *decode.Exchange, scheme string, proxied bool) *Handshake {
	a.lastID++
	h := a.newHandshake()
	h.ID, h.Conn, h.Carrier, h.Scheme, h.Proxy = a.lastID, x.Conn, x.Carrier, scheme, proxied
	h.Mechanism = scheme
	h.leg = l
	if x.Request.Stamp.Seen() {
		h.Frames.Request, h.Time = x.Request.First.Frame, x.Request.First.Time
	} else {
		h.Time = x.Response.First.Time
	}
	l.hop.lastBegun = h.Time
	if scheme == "NTLM" {
		h.Mechanism = "NTLM"
	}
	a.window.add(h)
	return h
}

// authenticate takes an AUTHENTICATE message.
func (a *Analysis) authenticate(l *leg, h *Handshake, x *decode.Exchange, m *ntlm.Authenticate) {
	p := a.pass(h)
	h.Mechanism = "NTLM"
	h.Frames.Authenticate, h.authenticated = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.gap = x.Gap
	h.User, h.Domain, h.Workstation = a.text(m.User), a.text(m.Domain), a.text(m.Workstation)
	h.flags[2] = m.Flags
	h.Version = m.ResponseVersion().String()
	if h.Version == "none" {
		h.Version = ""
	}
	h.Anonymous, h.LocalCall = m.Anonymous(p.challengeMessage), m.LocalCall(p.challengeMessage)
	if h.Anonymous || h.LocalCall {
		h.User = ""
	}
	h.Token, h.response = m.Fingerprint(), m.ResponseKey()
	h.SPN = a.text(m.TargetInfo.TargetName())
	p.answers, h.madeFor = m.TargetInfo.Identity(), a.text(madeFor(m.TargetInfo))
	h.bound = ntlm.Unknown
	if p.challengeMessage != nil {
		h.bound = ntlm.Bind(m, p.challengeMessage)
		p.challengeMessage = nil // only its identity is needed from here on
	}
	h.avFlags, _ = m.TargetInfo.Flags()
	h.hasMIC, h.micZero = m.HasMIC, m.MICZero
	p.clientTime = m.Time
	if h.Frames.Challenge != 0 {
		h.Step.Authenticate = elapsed(h.challenged, h.authenticated)
	}
	if h.Frames.Challenge != 0 && len(a.ix.tokensLike(h)) == 0 {
		// A token that is handed on names the machine of another.
		l.client.visits(h.Workstation)
	}
	a.ix.addToken(h)
}

// presentWhole takes credentials that are one message: Basic, Kerberos, Digest,
// Bearer, or a SPNEGO token without a message that is known.
func (a *Analysis) presentWhole(l *leg, h *Handshake, x *decode.Exchange, c *decode.Credentials) {
	h.Frames.Authenticate, h.authenticated = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.gap = x.Gap
	h.User = a.text(c.User)
	if b := c.Basic; b != nil {
		key := b.Key()
		h.User, h.basic = a.text(b.User), &key
		if a.opt.ShowSecrets {
			h.Password = b.Password.Reveal()
		}
		a.ix.addBasic(h)
	}
	if t := c.Token; t != nil && t.Kerberos != nil {
		h.Mechanism = "Kerberos"
		h.SPN, h.Domain = a.text(t.Kerberos.Service), a.text(t.Kerberos.Realm)
	}
}

// describe takes from the request what a report says of the handshake.
func (h *Handshake) describe(a *Analysis, x *decode.Exchange) {
	r := &x.Request
	if h.Host != r.Host {
		h.Host = a.text(r.Host)
	}
	if !isTarget(h.Target, r) {
		h.Target = targetText(r)
	}
	if t := tokenOf(r.Credentials, h.Proxy); t != nil && t.SPNEGO != nil {
		h.kerberosWanted = h.kerberosWanted || wantsKerberos(t.SPNEGO)
		h.wrapped = true
	}
	if h.Frames.Authenticate == x.Request.Stamp.Frame {
		p := a.pass(h)
		p.forwarded, p.size = a.text(forwarding(r)), x.Request.ContentLength
	}
}

// maxTarget bounds what is kept of the target of a request.
const maxTarget = 512

func targetText(r *decode.Request) string {
	return r.Method + " " + r.Target[:min(len(r.Target), maxTarget)]
}

// isTarget reports whether text is what targetText gives for r.
func isTarget(text string, r *decode.Request) bool {
	n := len(r.Method)
	return len(text) > n && text[:n] == r.Method && text[n] == ' ' && text[n+1:] == r.Target[:min(len(r.Target), maxTarget)]
}

// madeFor names the server that a client repeats from the CHALLENGE that it answers.
func madeFor(p ntlm.AVPairs) string {
	if n := p.Text(ntlm.MsvAvNbComputerName); n != "" {
		return n
	}
	return p.Text(ntlm.MsvAvDnsComputerName)
}

func tokenOf(cs []decode.Credentials, proxied bool) *decode.Token {
	for i := range cs {
		if cs[i].Proxy == proxied && cs[i].Token != nil {
			return cs[i].Token
		}
	}
	return nil
}

func wantsKerberos(t *spnego.Token) bool {
	for _, m := range t.MechTypes {
		if m == spnego.Kerberos || m == spnego.MSKerberos {
			return true
		}
	}
	return false
}

// forwarding gives the fields by which a proxy or front end says for whom it asks.
func forwarding(r *decode.Request) string {
	out := ""
	for _, name := range [...]string{"X-Forwarded-For", "Forwarded", "Via"} {
		if v := r.Field(name); v != "" {
			out += name + ": " + v + "\n"
		}
	}
	return out
}

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
	var h *Handshake
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
			h.challengeMessage = nil // the AUTHENTICATE was read without it
		}
	case challenge != nil && h != nil && h.Frames.Authenticate == 0 && h.Frames.Challenge == 0:
		a.challenged(l, h, x, challenge)
	case challenge != nil:
		if h != nil {
			h.problem("answered with a new CHALLENGE")
			a.settle(l, h, x)
		}
		h = a.begin(l, x, c.Scheme, c.Proxy)
		h.Mechanism = "NTLM"
		l.current[s] = h
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

// overtaken reports whether the AUTHENTICATE of h came with a later request than
// x, whose answer is only heard of now: behind lost bytes the two directions come
// apart. That answer does not decide about the AUTHENTICATE.
func (h *Handshake) overtaken(x *decode.Exchange) bool {
	return x.Request.Stamp.Seen() && h.Frames.Negotiate == x.Request.Stamp.Frame && h.Frames.Authenticate > h.Frames.Negotiate
}

// Whole implements decode.Sink: the body of a message has ended. The frame of
// a message is the one in which it is there as a whole, as Wireshark shows it.
func (a *Analysis) Whole(c *decode.Conn, index int, response bool, at capture.Stamp) {
	l := legOf(c)
	if l == nil || l.copied {
		return
	}
	switch p := l.find(index); {
	case p == nil:
	case response:
		for _, h := range p.reply {
			h.moved(p.frame[1], at.Frame, true)
		}
	default:
		for _, h := range p.hs {
			h.moved(p.frame[0], at.Frame, false)
		}
	}
}

// moved sets the frames of the messages of h that a request or response
// carried to the one in which that was complete.
func (h *Handshake) moved(from, to int64, response bool) {
	if h == nil {
		return
	}
	f := [...]*int64{&h.Frames.Negotiate, &h.Frames.Authenticate}
	if response {
		f = [...]*int64{&h.Frames.Challenge, &h.Frames.Result}
	}
	for _, frame := range f {
		if *frame == from {
			*frame = to
		}
	}
}

// challenged takes a CHALLENGE message.
func (a *Analysis) challenged(l *leg, h *Handshake, x *decode.Exchange, m *ntlm.Challenge) {
	h.Mechanism = "NTLM"
	h.Frames.Challenge, h.challenged = x.Response.Stamp.Frame, x.Response.Stamp.Time
	h.Status, h.challengeStatus = x.Response.Status, uint16(x.Response.Status)
	a.pass(h).challengeMessage = m
	h.challenge, h.flags[1] = m.ServerChallenge, m.Flags
	h.issued = m.TargetInfo.Identity()
	h.ServerName, h.ServerDNS = a.text(m.TargetInfo.Text(ntlm.MsvAvNbComputerName)), a.text(m.TargetInfo.Text(ntlm.MsvAvDnsComputerName))
	h.ServerDomain = a.text(m.TargetInfo.Text(ntlm.MsvAvNbDomainName))
	if h.Frames.Negotiate != 0 {
		h.Step.Challenge = elapsed(h.negotiated, h.challenged)
	}
	if !h.Proxy {
		a.ix.machines.serves(l.server, h.ServerName)
	}
	a.ix.addChallenge(h)
	if before := l.last; before != nil && before.Proxy == h.Proxy && before.ServerName != "" && h.ServerName != "" && netbios(before.ServerName) != netbios(h.ServerName) {
		h.after = before
	}
	if x.LastOnConn {
		h.closing = true
	}
}

// settle gives h its outcome from the answer in x and ends it.
func (a *Analysis) settle(l *leg, h *Handshake, x *decode.Exchange) {
	r := &x.Response
	if r.Stamp.Seen() {
		h.Status, h.resulted = r.Status, r.Stamp.Time
		h.Frames.Result = r.Stamp.Frame
		h.reply = replyKey(r)
		h.persistent = persistent(r)
		if h.Frames.Authenticate != 0 {
			h.Step.Result = elapsed(h.authenticated, h.resulted)
		}
	}
	for _, p := range x.Problems {
		h.problem(p.Text)
	}
	a.pass(h).kerberosError = kerberosError(r, h.Proxy)
	h.Outcome = a.judge(h, x)
	h.gap = h.gap || x.Gap // a hole in the answers shows with the next answer only
	if had := l.identity[sideOf(h.Proxy)]; had != nil && h.Account() != "" && had.Account() == h.Account() {
		h.acceptedBefore = true
	}
	if h.Outcome == Accepted {
		l.identity[sideOf(h.Proxy)] = h
		a.pooled(l, h, x)
	}
	a.finish(l, h)
}

// judge tells the outcome of the credentials of h from the exchange that
// carried them (MS-NTHT 2.2.2 and 2.2.4, MS-N2HT 2.2.3, RFC 9110 15.5.2 and 15.5.8).
func (a *Analysis) judge(h *Handshake, x *decode.Exchange) Outcome {
	r := &x.Response
	switch {
	case h.Frames.Authenticate == 0:
		if x.Ending == decode.Answered {
			h.problem("the NEGOTIATE was not answered with a CHALLENGE")
		} else {
			h.problem(x.Ending.String())
		}
		return Incomplete
	case x.Ending != decode.Answered:
		h.problem(x.Ending.String())
		return Unknown
	}
	refused := 401
	if h.Proxy {
		refused = 407
	}
	switch {
	case r.Status == refused && goesOn(r, h.Proxy):
		h.problem("the server asked for another message")
		return Unknown
	case r.Status == refused:
		return Denied
	case neutral(r.Status) && !confirmed(r, h.Proxy) || r.Status == 407:
		h.problem("the status says nothing about the credentials")
		return Unknown
	}
	return Accepted
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

// finish ends h: it counts from now on, and its verdict is due.
func (a *Analysis) finish(l *leg, h *Handshake) {
	if h.over {
		return
	}
	h.over = true
	a.pass(h).challengeMessage = nil
	if l.live != nil {
		l.last = h
	}
	a.count(h)
	a.due(verdict{h: h})
}

var _ decode.Sink = (*Analysis)(nil)
