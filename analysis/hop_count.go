package analysis

import (
	"ntlmtrace/analysis/report"
	"slices"
	"strings"
)

// offered notes an answer that offers schemes to a request without credentials.
func (ix *Index) offered(v *Visit) {
	r := &v.x.Response
	if r.Status != 401 && r.Status != 407 || len(r.Challenges) == 0 || len(v.x.Request.Credentials) > 0 || !v.x.Request.Stamp.Seen() || v.before != nil {
		return
	}
	p := v.leg.hop
	if p.handshakes > 0 {
		return // nobody asks any more
	}
	if p.offered == nil {
		p.offered = ix.offereds.Take()
	}
	p.offers++
	p.lastOffer = v.at
	if p.offers == 1 {
		p.offer = offer{leg: v.leg, request: v.x.Request.Stamp.Frame, frame: r.Stamp.Frame, status: r.Status, schemes: offerText(v)}
	}
	if r.Status == 401 && offers(v, "NTLM", "Negotiate") && v.x.Request.Field("Via") != "" && r.Field("Proxy-Support") == "" {
		p.viaOffers++
	}
}

// count adds a handshake that is over to its hop and to the summary.
func (a *Analysis) count(h *handshakeState) {
	p := h.leg.hop
	if p.unlisted {
		a.window.forced++
	}
	p.handshakes++
	p.facts(h)
	if o := p.offered; o != nil {
		p.offered, *o = nil, offered{}
		a.ix.offereds.Put(o)
	}

	a.summary.Handshakes++
	switch h.Outcome {
	case report.Accepted:
		p.accepted++
		a.summary.Accepted++
	case report.Denied:
		p.denied++
		a.summary.Denied++
	}
	a.ix.use(p, h)
	a.ix.loggedOn(p, h)
}

// facts notes what h, which is over, says of its hop.
func (p *hopState) facts(h *handshakeState) {
	if h.Frames.Authenticate != 0 {
		p.presented = true
		p.lastPresented = max(p.lastPresented, h.authenticated)
	}
	switch {
	case h.Outcome == report.Accepted:
		p.lastAccepted, p.closed = max(p.lastAccepted, h.resulted), 0
	case h.Frames.Challenge != 0 && h.Frames.Authenticate == 0:
		p.unanswered = h
	case h.Frames.Negotiate != 0 && h.Frames.Challenge == 0:
		p.unheard = true
	}
}

// use notes the scheme of h, and the mechanism inside Negotiate.
func (ix *Index) use(p *hopState, h *handshakeState) {
	scheme, mech := h.Scheme, h.mechanism()
	if scheme != "Negotiate" || mech == scheme {
		mech = ""
	}
	if len(p.schemes) < maxHopUsers {
		p.schemes = appendNew(p.schemes, schemeText(scheme, mech))
	}
}

// schemeText gives a lasting text for a scheme and the mechanism inside it.
func schemeText(scheme, mechanism string) string {
	switch mechanism {
	case "":
	case "NTLM":
		return "Negotiate (NTLM)"
	case "Kerberos":
		return "Negotiate (Kerberos)"
	default:
		return scheme + " (" + mechanism + ")"
	}
	for _, s := range [...]string{"NTLM", "Negotiate", "Basic", "Digest", "Bearer"} {
		if s == scheme {
			return s
		}
	}
	return strings.Clone(scheme)
}

// loggedOn notes the account of h.
func (ix *Index) loggedOn(p *hopState, h *handshakeState) {
	if !h.Anonymous && h.User == "" || !h.Anonymous && len(p.users) > 0 && isAccount(p.users[0], h.Domain, h.User) {
		return
	}
	u := anonymousUser
	if !h.Anonymous {
		u = report.Account(h.Domain, h.User)
	}
	switch {
	case slices.Contains(p.users, u):
	case len(p.users) < maxHopUsers:
		p.users = append(p.users, u)
	case !p.others[u] && len(p.others) < 100*maxHopUsers:
		if p.others == nil {
			p.others = map[string]bool{}
		}
		p.others[u] = true
	}
}

const anonymousUser = "anonymous"

// isAccount reports whether text is DOMAIN\user, without writing that.
func isAccount(text, domain, user string) bool {
	n := len(domain)
	return domain != "" && len(text) == n+1+len(user) && text[n] == '\\' && text[:n] == domain && text[n+1:] == user
}

func (p *hopState) found(id int64) {
	if len(p.findings) < maxIDs && !slices.Contains(p.findings, id) {
		p.findings = append(p.findings, id)
	}
}
