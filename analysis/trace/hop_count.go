package trace

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
	"slices"
	"strings"
)

// offered notes an answer that offers schemes to a request without credentials.
func (ix *Index) NoteOffer(v *Exchange) {
	r := &v.Auth.Response
	if _, asked := v.Asked(); !asked || len(r.Challenges) == 0 || len(v.Auth.Request.Credentials) > 0 || !v.Auth.Request.Stamp.Seen() || v.Before != nil {
		return
	}
	p := v.Conn.Hop
	if p.Handshakes > 0 {
		return // nobody asks any more
	}
	if p.Offers == nil {
		p.Offers = ix.SpareOffers.Take()
	}
	p.OfferCount++
	p.LastOffer = v.At
	if p.OfferCount == 1 {
		p.FirstOffer = Offer{Conn: v.Conn, Request: v.Auth.Request.Stamp.Frame, Frame: r.Stamp.Frame, Text: v.Auth.Result.Text, Schemes: OfferText(v)}
	}
	if v.ServerAsks() && OffersScheme(v, "NTLM", "Negotiate") && v.Auth.Mark(auth.Via) != "" && v.Auth.Mark(auth.ProxySupport) == "" {
		p.ViaCount++
	}
}

// facts notes what h, which is over, says of its hop.
func (p *Hop) Facts(h *Handshake) {
	if h.Frames.Authenticate != 0 {
		p.Presented = true
		p.LastPresented = max(p.LastPresented, h.AuthenticatedAt)
	}
	switch {
	case h.Outcome == report.Accepted:
		p.LastAccepted = max(p.LastAccepted, h.ResultAt)
	case h.Frames.Challenge != 0 && h.Frames.Authenticate == 0:
	case h.Frames.Negotiate != 0 && h.Frames.Challenge == 0:
		p.unheard = true
	}
}

// use notes the scheme of h, and the mechanism inside Negotiate.
func (ix *Index) NoteScheme(p *Hop, h *Handshake) {
	scheme, mech := h.Scheme, h.MechanismName()
	if scheme != "Negotiate" || mech == scheme {
		mech = ""
	}
	if len(p.schemes) < maxHopUsers {
		p.schemes = AppendNew(p.schemes, schemeText(scheme, mech))
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
func (ix *Index) NoteAccount(p *Hop, h *Handshake) {
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

func (p *Hop) AddFinding(id int64) {
	if len(p.Findings) < MaxIDs && !slices.Contains(p.Findings, id) {
		p.Findings = append(p.Findings, id)
	}
}
