package trace

import (
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// NoteOffer counts an answer that offers schemes to a request without
// credentials.
func (ix *Index) NoteOffer(x *Exchange) {
	r := &x.Auth.Response
	if _, asked := x.Asked(); !asked || len(r.Challenges) == 0 || len(x.Auth.Request.Credentials) > 0 || !x.Auth.Request.Stamp.Seen() || x.Before != nil {
		return
	}
	p := x.Conn.Hop
	if p.Handshakes > 0 {
		return // nobody asks any more
	}
	if p.Offers == nil {
		p.Offers = ix.spareOffers.Take()
	}
	p.OfferCount++
	p.LastOffer = x.At
	if p.OfferCount == 1 {
		p.FirstOffer = OfferOf(x)
	}
	if x.ServerAsks() && OffersScheme(x, "NTLM", "Negotiate") && x.Auth.Mark(auth.Via) != "" && x.Auth.Mark(auth.ProxySupport) == "" {
		p.ViaCount++
	}
}

// OfferOf returns what the answer of x offers.
func OfferOf(x *Exchange) Offer {
	return Offer{
		Conn: x.Conn, Request: x.Auth.Request.Stamp.Frame, Frame: x.Auth.Response.Stamp.Frame, Text: x.Auth.Result.Text,
		Schemes: OfferText(x), Proxy: !x.ServerAsks(), Support: x.Auth.Mark(auth.ProxySupport) != "",
	}
}

// MoveConn counts a connection of which nothing but an offer was seen on
// another hop than before.
func (ix *Index) MoveConn(c *Conn, to *Hop) {
	from := c.Hop
	if c.Hop = to; !c.Tunnel {
		from.Connections--
		to.Connections++
	}
	from.left = true
	switch o := from.Offers; {
	case o == nil:
	case o.OfferCount > 1:
		o.OfferCount--
		o.ViaCount = min(o.ViaCount, o.OfferCount)
	default:
		from.Offers, *o = nil, Offers{}
		ix.spareOffers.Put(o)
	}
}

// Deserted reports whether all connections of p turned out to be those of other
// hops.
func (p *Hop) Deserted() bool { return p.left && p.Connections == 0 && p.Handshakes == 0 }

// AddToHop counts h, which is over, on its hop, with its scheme and account.
// What was offered on the hop does not matter any more.
func (ix *Index) AddToHop(h *Handshake) {
	p := h.Conn.Hop
	p.Handshakes++
	switch h.Outcome {
	case report.Accepted:
		p.Accepted++
	case report.Denied:
		p.Denied++
	}
	p.addFacts(h)
	ix.noteTimes(h)
	if o := p.Offers; o != nil {
		p.Offers, *o = nil, Offers{}
		ix.spareOffers.Put(o)
	}
	p.addScheme(h)
	p.addAccount(h)
}

// addFacts notes what h proves of its hop.
func (p *Hop) addFacts(h *Handshake) {
	p.last.note(h)
	switch {
	case h.Frames.Authenticate != 0:
		p.Presented = true
	case h.Outcome != report.Accepted && h.Frames.Negotiate != 0 && h.Frames.Challenge == 0:
		p.unanswered = true
	}
}

// addScheme notes the scheme of h, and the mechanism inside Negotiate.
func (p *Hop) addScheme(h *Handshake) {
	scheme, mech := h.Scheme, h.MechanismName()
	if scheme != "Negotiate" || mech == scheme {
		mech = ""
	}
	if len(p.schemes) < maxHopUsers {
		p.schemes = AppendNew(p.schemes, schemeText(scheme, mech))
	}
}

// schemeText returns a text that may be kept, for a scheme and the mechanism
// inside it.
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

// addAccount notes the account of h.
func (p *Hop) addAccount(h *Handshake) {
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

// AddFinding adds the id of a finding, once, up to MaxIDs.
func (p *Hop) AddFinding(id int64) {
	if len(p.Findings) < MaxIDs && !slices.Contains(p.Findings, id) {
		p.Findings = append(p.Findings, id)
	}
}
