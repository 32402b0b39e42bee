package analysis

import (
	"cmp"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
	"ntlmtrace/decode/token"
)

// present adds one set of credentials to the handshake that they belong to, and
// returns it.
func (a *Analysis) present(conn *trace.Conn, x *auth.Exchange, c *auth.Credentials) *trace.Handshake {
	h := conn.Session(c.Session).Current
	if h != nil && !continues(h, c.Token) {
		h.Outcome = report.Incomplete // another first message: that handshake went no further
		a.finish(conn, h)
		h = nil
	}
	if h == nil {
		h = a.begin(conn, x, c.Scheme, c.Session)
		if before := conn.Last; before != nil && before.Outcome != report.Accepted && before.Mechanism != trace.NTLM && c.Scheme == "Negotiate" && before.Scheme == "Negotiate" {
			h.NeedExtra().Chosen = before
		}
	}
	conn.Session(c.Session).Current = h
	switch t := c.Token; {
	case t != nil && t.Negotiate != nil:
		h.Frames.Negotiate, h.NegotiatedAt = x.Request.Stamp.Frame, x.Request.Stamp.Time
		h.Flags[0] = t.Negotiate.Flags
		p := a.details(h)
		b := &x.Request.Body
		p.NegotiateBodySize, p.EmptyPost, p.Expects = b.Length, b.Withheld, b.Awaits
	case t != nil && t.Authenticate != nil:
		a.authenticate(conn, h, x, t.Authenticate)
	default:
		a.presentWhole(conn, h, x, c)
	}
	a.describe(h, x)
	for _, p := range x.Problems {
		h.AddProblem(p.Text)
	}
	return h
}

// continues reports whether credentials with token t go on with h rather than
// begin a handshake of their own.
func continues(h *trace.Handshake, t *token.Token) bool {
	return t != nil && t.Authenticate != nil && h.Phase < trace.Over && h.Mechanism == trace.NTLM &&
		h.Frames.Authenticate == 0 && (h.Frames.Challenge != 0 || h.Frames.Result == 0)
}

// begin returns a new handshake, whose first message x carries.
func (a *Analysis) begin(conn *trace.Conn, x *auth.Exchange, scheme string, session auth.Session) *trace.Handshake {
	h := a.window.Add(conn)
	a.details(h)
	like := a.window.Before(h)
	h.Session = session
	h.Carrier = keepText(x.Carrier, like.Carrier)
	h.Scheme = keepText(scheme, like.Scheme)
	switch scheme {
	case "NTLM":
		h.Mechanism = trace.NTLM
	case "Basic":
		h.Mechanism = trace.Basic
	}
	if x.Request.Stamp.Seen() {
		h.Frames.Request, h.Time = x.Request.First.Frame, x.Request.First.Time
	} else {
		h.Time = x.Response.First.Time
	}
	conn.Hop.LastBegun = h.Time
	a.ix.AddBegun(h)
	return h
}

// authenticate fills h from an AUTHENTICATE message.
func (a *Analysis) authenticate(conn *trace.Conn, h *trace.Handshake, x *auth.Exchange, m *ntlm.Authenticate) {
	p := a.details(h)
	like := a.window.Before(h)
	h.Mechanism = trace.NTLM
	h.Frames.Authenticate, h.AuthenticatedAt = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.Gap = x.Gap || conn.Gap && h.Frames.Challenge == 0
	h.Flags[2], h.ResponseVersion = m.Flags, m.ResponseVersion()
	p.AnsweredIdentity, h.Bound = m.TargetInfo.Identity(), ntlm.Unknown
	var challenge *ntlm.Challenge // what decides of the one that was issued
	if h.Frames.Challenge != 0 {
		challenge = &ntlm.Challenge{Flags: h.Flags[1]}
		h.Bound = p.AnsweredIdentity.Answers(h.Issued())
	}
	h.Anonymous, h.LocalCall = m.Anonymous(challenge), m.LocalCall(challenge)
	if !h.Anonymous && !h.LocalCall {
		h.User = keepText(m.User, like.User)
	}
	h.Domain = keepText(m.Domain, like.Domain)
	h.Workstation = keepText(m.Workstation, like.Workstation)
	h.SPN = keepPair(m.TargetInfo, ntlm.MsvAvTargetName, like.SPN)
	if is := h.Issuer; is != nil && p.AnsweredIdentity.Names == is.Names && is.Name != "" {
		h.ForIssuer = true
	} else if name := cmp.Or(keepPair(m.TargetInfo, ntlm.MsvAvNbComputerName, ""), keepPair(m.TargetInfo, ntlm.MsvAvDnsComputerName, "")); name != "" {
		h.NeedExtra().MadeFor = name
	}
	h.Response = m.ResponseKey()
	h.TokenBytes = m.FingerprintBytes()
	h.AVFlags, _ = m.TargetInfo.Flags()
	h.Channel, p.OEMNames = m.TargetInfo.ChannelClaim(), m.OEMNames
	h.HasMIC, h.MICZero = m.HasMIC, m.MICZero
	if !m.Time.IsZero() {
		p.ClientTime = m.Time.UnixNano()
	}
	if alone := a.ix.AddToken(h); alone && h.Frames.Challenge != 0 {
		// A token that was passed on names another machine.
		a.ix.Machines.Visits(conn.Client, h.Workstation, h.AuthenticatedAt)
	}
}

// presentWhole fills h from credentials that are one message: Basic, Kerberos,
// Digest, Bearer, or a SPNEGO token without a message that is known.
func (a *Analysis) presentWhole(conn *trace.Conn, h *trace.Handshake, x *auth.Exchange, c *auth.Credentials) {
	like := a.window.Before(h)
	h.Frames.Authenticate, h.AuthenticatedAt = x.Request.Stamp.Frame, x.Request.Stamp.Time
	h.Gap = x.Gap
	h.User = keepText(c.User, like.User)
	if b := c.Basic; b != nil {
		h.User = keepText(b.User, like.User)
		r := h.NeedExtra()
		r.Basic, r.IsBasic = b.Key(), true
		if a.opt.ShowSecrets {
			r.Password = strings.Clone(b.Password.Reveal())
		}
		a.ix.AddBasic(h)
	}
	if t := c.Token; t != nil && t.Kerberos != nil {
		h.Mechanism = trace.Kerberos
		h.SPN = keepText(t.Kerberos.Service, like.SPN)
		h.Domain = keepText(t.Kerberos.Realm, like.Domain)
	}
}

// describe fills h with what a report says of its request.
func (a *Analysis) describe(h *trace.Handshake, x *auth.Exchange) {
	r := &x.Request
	h.Host = keepText(x.Target.Host, a.window.Before(h).Host)
	p := a.details(h)
	p.Target = x.Target.AppendTo(p.Target[:0], maxTarget)
	if t := tokenOf(r.Credentials, h.Session); t != nil && t.SPNEGO != nil {
		h.KerberosWanted = h.KerberosWanted || wantsKerberos(t.SPNEGO)
	}
	if h.Frames.Authenticate == x.Request.Stamp.Frame {
		p.ForwardedFor, p.BodySize = trace.Forwarding(x), x.Request.Body.Length
		t := tokenOf(r.Credentials, h.Session)
		p.Wrapped = t != nil && t.SPNEGO != nil
	}
}

// maxTarget bounds what is kept of the target of a request.
const maxTarget = 512

// tokenOf returns the token that a request carries for a session, nil if there
// is none.
func tokenOf(cs []auth.Credentials, s auth.Session) *token.Token {
	for i := range cs {
		if cs[i].Session == s && cs[i].Token != nil {
			return cs[i].Token
		}
	}
	return nil
}

// wantsKerberos reports whether a SPNEGO token names Kerberos.
func wantsKerberos(t *spnego.Token) bool {
	for _, m := range t.MechTypes {
		if m == spnego.Kerberos || m == spnego.MSKerberos {
			return true
		}
	}
	return false
}

// keepText returns a copy of s, cut to maxText bytes. Most handshakes have
// several texts in common with the one before: like is that one's.
func keepText(s, like string) string {
	if s = s[:min(len(s), trace.MaxText)]; s == like {
		return like
	}
	return strings.Clone(s)
}

// keepPair returns a text of a list of AV_PAIR, see keepText.
func keepPair(p ntlm.AVPairs, id ntlm.AVID, like string) string {
	var b [128]byte
	text := p.AppendText(b[:0], id)
	if text = text[:min(len(text), trace.MaxText)]; string(text) == like {
		return like
	}
	return string(text)
}
