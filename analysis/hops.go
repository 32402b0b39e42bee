package analysis

import (
	"cmp"
	"net/netip"
	"slices"

	"ntlmtrace/decode"
)

// maxHopUsers bounds the accounts that a hop names.
const maxHopUsers = 100

type hopKey struct {
	client netip.Addr
	server netip.AddrPort
}

// hopState is a hop while it grows.
type hopState struct {
	Hop
	ix   *Index
	more map[string]bool // accounts beyond maxHopUsers, to count each once
	hopFacts
	unlisted bool // there are too many: it is in no report
}

// hopFacts is what rules ask about all that passed between two machines.
type hopFacts struct {
	*offered            // nil if nothing was offered to a request without credentials
	begun         int   // handshakes begun
	presented     int   // credentials presented
	lastBegun     int64 // times
	lastPresented int64
	lastAccepted  int64
	closed        int        // connections that ended between CHALLENGE and AUTHENTICATE
	unheard       bool       // a NEGOTIATE got no CHALLENGE that was captured
	explained     bool       // double-hop-no-credentials was said of its offers
	saidClosed    bool       // connection-closed-mid-handshake was said of them
	unanswered    *Handshake // the last one whose CHALLENGE was not answered
	proxyRefused  *Handshake // the last complete logon that a proxy refused
}

// offered are the answers that offered a scheme to a request without
// credentials.
type offered struct {
	offers    int
	viaOffers int   // those of them that went through a proxy that does not bind connections
	offer     offer // the first of them
	lastOffer int64 // time
}

// offer is an answer that offers schemes.
type offer struct {
	conn    *decode.Conn
	request int64 // frames
	frame   int64
	status  int
	schemes string
}

// maxHops bounds the hops that are listed. An attacker can make up addresses
// without end.
const maxHops = 1 << 19

// hopBetween gives the hop from client to server, new if need be. Beyond
// maxHops it is one that is not listed.
func (ix *Index) hopBetween(client netip.Addr, server netip.AddrPort) *hopState {
	k := hopKey{client, server}
	h := ix.hops[k]
	if h == nil {
		h = &hopState{Hop: Hop{Client: client, Server: server}, ix: ix}
		if len(ix.hops) >= maxHops {
			h.unlisted = true
			return h
		}
		ix.hops[k] = h
		ix.hopOrder = append(ix.hopOrder, h)
	}
	return h
}

// eachHop asks for a finding about each hop.
func (ix *Index) eachHop(ask func(*hopState) *Finding) []*Finding {
	var out []*Finding
	for _, p := range ix.hopOrder {
		if f := ask(p); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// offered notes an answer that offers schemes to a request without credentials.
func (ix *Index) offered(v *Visit) {
	r := &v.x.Response
	if r.Status != 401 && r.Status != 407 || len(r.Challenges) == 0 || len(v.x.Request.Credentials) > 0 || !v.x.Request.Stamp.Seen() || v.before != nil {
		return
	}
	p := v.leg.hop
	if p.offered == nil {
		p.offered = &offered{}
	}
	p.offers++
	p.lastOffer = v.at
	if p.offers == 1 {
		p.offer = offer{conn: v.leg.conn, request: v.x.Request.Stamp.Frame, frame: r.Stamp.Frame, status: r.Status, schemes: offerText(v)}
	}
	if r.Status == 401 && offers(v, "NTLM", "Negotiate") && v.x.Request.Field("Via") != "" && r.Field("Proxy-Support") == "" {
		p.viaOffers++
	}
}

// count adds a handshake that is over to its hop and to the summary.
func (a *Analysis) count(h *Handshake) {
	p := h.leg.hop
	if p.unlisted {
		a.window.forced++
	}
	p.Handshakes++
	p.facts(h)

	a.summary.Handshakes++
	switch h.Outcome {
	case Accepted:
		p.Accepted++
		a.summary.Accepted++
	case Denied:
		p.Denied++
		a.summary.Denied++
	}
	p.Schemes = appendNew(p.Schemes, a.text(schemeText(h)))
	p.user(h)
}

// facts notes what h, which is over, says of its hop.
func (p *hopFacts) facts(h *Handshake) {
	p.begun++
	if h.Frames.Authenticate != 0 {
		p.presented++
		p.lastPresented = max(p.lastPresented, h.authenticated)
	}
	switch {
	case h.Outcome == Accepted:
		p.lastAccepted, p.closed = max(p.lastAccepted, h.resulted), 0
	case h.Frames.Challenge != 0 && h.Frames.Authenticate == 0:
		p.unanswered = h
	case h.Frames.Negotiate != 0 && h.Frames.Challenge == 0:
		p.unheard = true
	}
}

// schemeText names what was used: the scheme, and the mechanism inside
// Negotiate.
func schemeText(h *Handshake) string {
	if h.Scheme == "Negotiate" && h.Mechanism != h.Scheme {
		return "Negotiate (" + h.Mechanism + ")"
	}
	return h.Scheme
}

func (p *hopState) user(h *Handshake) {
	u := h.Account()
	if h.Anonymous {
		u = "anonymous"
	}
	switch {
	case u == "" || slices.Contains(p.Users, u):
	case len(p.Users) < maxHopUsers:
		p.Users = append(p.Users, u)
	case !p.more[u] && len(p.more) < 100*maxHopUsers:
		if p.more == nil {
			p.more = map[string]bool{}
		}
		p.more[u] = true
		p.MoreUsers++
	}
}

func (p *hopState) found(id int64) {
	if len(p.Findings) < maxIDs && !slices.Contains(p.Findings, id) {
		p.Findings = append(p.Findings, id)
	}
}

// report gives the hops, worst first.
func (a *Analysis) reportHops(severity map[int64]Severity) []Hop {
	out := make([]Hop, 0, len(a.ix.hopOrder))
	for _, p := range a.ix.hopOrder {
		p.Findings = slices.DeleteFunc(p.Findings, func(id int64) bool {
			_, ok := severity[id]
			return !ok
		})
		for _, id := range p.Findings {
			p.HasFinding, p.Worst = true, max(p.Worst, severity[id])
		}
		out = append(out, p.Hop)
	}
	slices.SortStableFunc(out, func(x, y Hop) int {
		return cmp.Or(cmp.Compare(rankHop(y), rankHop(x)), cmp.Compare(y.Denied, x.Denied))
	})
	return out
}

func rankHop(h Hop) int {
	if !h.HasFinding {
		return -1
	}
	return int(h.Worst)
}
