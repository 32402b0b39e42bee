package analysis

import (
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

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
