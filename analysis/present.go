package analysis

import (
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// present takes one set of credentials and gives the handshake that it belongs to.
func (a *Analysis) present(l *leg, x *decode.Exchange, c *decode.Credentials) *handshakeState {
	s := sideOf(c.Proxy)
	h := l.current[s]
	if h != nil && !h.continues(c.Token) {
		h.Outcome = report.Incomplete // another first message: that handshake went no further
		a.finish(l, h)
		h = nil
	}
	if h == nil {
		h = a.begin(l, x, c.Scheme, c.Proxy)
		if before := l.last; before != nil && before.Outcome != report.Accepted && before.mech != mechNTLM && c.Scheme == "Negotiate" && before.Scheme == "Negotiate" {
			h.own().chosen = before
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
func (h *handshakeState) continues(t *decode.Token) bool {
	return t != nil && t.Authenticate != nil && !h.over && h.mech == mechNTLM &&
		h.Frames.Authenticate == 0 && (h.Frames.Challenge != 0 || h.Frames.Result == 0)
}

// begin makes the handshake whose first message x carries.
func (a *Analysis) begin(l *leg, x *decode.Exchange, scheme string, proxied bool) *handshakeState {
	h := a.newHandshake(l)
	like := a.window.before(h)
	h.Proxy = proxied
	h.Carrier = keepText(x.Carrier, like.Carrier)
	h.Scheme = keepText(scheme, like.Scheme)
	switch scheme {
	case "NTLM":
		h.mech = mechNTLM
	case "Basic":
		h.mech = mechBasic
	}
	if x.Request.Stamp.Seen() {
		h.Frames.Request, h.Time = x.Request.First.Frame, x.Request.First.Time
	} else {
		h.Time = x.Response.First.Time
	}
	l.hop.lastBegun = h.Time
	return h
}

// authenticate takes an AUTHENTICATE message.
func (a *Analysis) authenticate(l *leg, h *handshakeState, x *decode.Exchange, m *ntlm.Authenticate) {
	p := a.pass(h)
	like := a.window.before(h)
	h.mech = mechNTLM
	h.Frames.Authenticate, h.authenticated = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.gap = x.Gap
	h.flags[2], h.version = m.Flags, m.ResponseVersion()
	p.answers, h.bound = m.TargetInfo.Identity(), ntlm.Unknown
	var challenge *ntlm.Challenge // what decides of the one that was issued
	if h.Frames.Challenge != 0 {
		challenge = &ntlm.Challenge{Flags: h.flags[1]}
		h.bound = p.answers.Answers(h.issued())
	}
	h.Anonymous, h.LocalCall = m.Anonymous(challenge), m.LocalCall(challenge)
	if !h.Anonymous && !h.LocalCall {
		h.User = keepText(m.User, like.User)
	}
	h.Domain = keepText(m.Domain, like.Domain)
	h.Workstation = keepText(m.Workstation, like.Workstation)
	h.SPN = keepPair(m.TargetInfo, ntlm.MsvAvTargetName, like.SPN)
	if is := h.issuer; is != nil && p.answers.Names == is.names && is.name != "" {
		h.forIssuer = true
	} else if h.madeForName = keepPair(m.TargetInfo, ntlm.MsvAvNbComputerName, like.madeForName); h.madeForName == "" {
		h.madeForName = keepPair(m.TargetInfo, ntlm.MsvAvDnsComputerName, like.madeForName)
	}
	h.response = m.ResponseKey()
	h.token = m.FingerprintBytes()
	h.avFlags, _ = m.TargetInfo.Flags()
	h.hasMIC, h.micZero = m.HasMIC, m.MICZero
	if !m.Time.IsZero() {
		p.clientTime = m.Time.UnixNano()
	}
	if alone := a.ix.addToken(h); alone && h.Frames.Challenge != 0 {
		// A token that is handed on names the machine of another.
		a.ix.machines.visits(l.client, h.Workstation)
	}
}

// presentWhole takes credentials that are one message: Basic, Kerberos, Digest,
// Bearer, or a SPNEGO token without a message that is known.
func (a *Analysis) presentWhole(l *leg, h *handshakeState, x *decode.Exchange, c *decode.Credentials) {
	like := a.window.before(h)
	h.Frames.Authenticate, h.authenticated = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.gap = x.Gap
	h.User = keepText(c.User, like.User)
	if b := c.Basic; b != nil {
		h.User = keepText(b.User, like.User)
		r := h.own()
		r.basic, r.isBasic = b.Key(), true
		if a.opt.ShowSecrets {
			r.password = strings.Clone(b.Password.Reveal())
		}
		a.ix.addBasic(h)
	}
	if t := c.Token; t != nil && t.Kerberos != nil {
		h.mech = mechKerberos
		h.SPN = keepText(t.Kerberos.Service, like.SPN)
		h.Domain = keepText(t.Kerberos.Realm, like.Domain)
	}
}

// describe takes from the request what a report says of the handshake.
func (h *handshakeState) describe(a *Analysis, x *decode.Exchange) {
	r := &x.Request
	h.Host = keepText(r.Host, a.window.before(h).Host)
	p := a.pass(h)
	p.target = append(append(append(p.target[:0], r.Method[:min(len(r.Method), maxText/4)]...), ' '), r.Target[:min(len(r.Target), maxTarget)]...)
	if t := tokenOf(r.Credentials, h.Proxy); t != nil && t.SPNEGO != nil {
		h.kerberosWanted = h.kerberosWanted || wantsKerberos(t.SPNEGO)
	}
	if h.Frames.Authenticate == x.Request.Stamp.Frame {
		p.forwarded, p.size = forwarding(r), x.Request.ContentLength
	}
}

// maxTarget bounds what is kept of the target of a request.
const maxTarget = 512

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
