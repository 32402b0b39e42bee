package analysis

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// maxHopUsers bounds the accounts that a hop names.
const maxHopUsers = 100

type hopKey struct {
	client netip.Addr
	server netip.AddrPort
}

// hopState is a hop while it grows. There are many with one handshake each: what
// few of them have is in more.
type hopState struct {
	client, server *host
	more           *hopMore
	user           string // the first account

	hopFacts
	connections, handshakes, accepted, denied int32

	finding  int32 // the first one; 0 if there is none
	port     uint16
	scheme   uint8 // the first one: its place in Index.schemes; 0 if there is none
	unlisted bool  // there are too many: it is in no report
}

// hopMore is what a hop has beyond the usual.
type hopMore struct {
	schemes, users []string // after the first ones
	findings       []int64
	others         map[string]bool // accounts beyond maxHopUsers, to count each once

	unanswered   *handshakeState // the last one whose CHALLENGE was not answered
	proxyRefused *handshakeState // the last complete logon that a proxy refused
}

// noMore is what most hops have of it, to be read only.
var noMore hopMore

// rarely gives what few hops have, to be read only.
func (p *hopState) rarely() *hopMore {
	if p.more == nil {
		return &noMore
	}
	return p.more
}

// hopFacts is what rules ask about all that passed between two machines.
type hopFacts struct {
	*offered            // nil if nothing was offered to a request without credentials
	lastBegun     int64 // times
	lastPresented int64
	lastAccepted  int64
	presented     bool  // credentials were presented
	closed        uint8 // connections that ended between CHALLENGE and AUTHENTICATE, at most 2
	unheard       bool  // a NEGOTIATE got no CHALLENGE that was captured
	explained     bool  // double-hop-no-credentials was said of its offers
	saidClosed    bool  // connection-closed-mid-handshake was said of them
}

func (p *hopState) serverAddr() netip.AddrPort { return netip.AddrPortFrom(p.server.addr, p.port) }

func (p *hopState) beyond() *hopMore {
	if p.more == nil {
		p.more = new(hopMore)
	}
	return p.more
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
	leg     *leg
	request int64 // frames
	frame   int64
	status  int
	schemes string
}

// hopBetween gives the hop from client to server, new if need be.
func (ix *Index) hopBetween(client netip.Addr, server netip.AddrPort) *hopState {
	return ix.hop(ix.machines.host(client), ix.machines.host(server.Addr()), server.Port())
}

// hopKeyOf gives the key of a hop: the numbers of hosts have 20 bits.
func hopKeyOf(client, server *host, port uint16) uint64 {
	return uint64(client.id)<<36 | uint64(server.id)<<16 | uint64(port)
}

// hop gives the hop from client to a port of server, new if need be. Where there
// are too many it is one that is not listed.
func (ix *Index) hop(client, server *host, port uint16) *hopState {
	k := hopKeyOf(client, server, port)
	if client.id == 0 || server.id == 0 {
		return &hopState{client: client, server: server, port: port, unlisted: true}
	}
	if p := ix.hops.find(k); p != nil {
		return p
	}
	if ix.hops.len() >= ix.limits.hops {
		return &hopState{client: client, server: server, port: port, unlisted: true}
	}
	if len(ix.hopBlock) == 0 {
		ix.hopBlock = make([]hopState, hopBlock)
	}
	p := &ix.hopBlock[0]
	ix.hopBlock = ix.hopBlock[1:]
	p.client, p.server, p.port = client, server, port
	ix.hops.set(k, p)
	ix.hopOrder = append(ix.hopOrder, p)
	return p
}

// hopBlock is how many hops are made together: they fill 4 KiB.
const hopBlock = 39

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

	a.summary.Handshakes++
	switch h.Outcome {
	case Accepted:
		p.accepted++
		a.summary.Accepted++
	case Denied:
		p.denied++
		a.summary.Denied++
	}
	a.ix.use(p, h)
	p.loggedOn(h)
}

// facts notes what h, which is over, says of its hop.
func (p *hopState) facts(h *handshakeState) {
	if h.Frames.Authenticate != 0 {
		p.presented = true
		p.lastPresented = max(p.lastPresented, h.authenticated)
	}
	switch {
	case h.Outcome == Accepted:
		p.lastAccepted, p.closed = max(p.lastAccepted, h.resulted), 0
	case h.Frames.Challenge != 0 && h.Frames.Authenticate == 0:
		p.beyond().unanswered = h
	case h.Frames.Negotiate != 0 && h.Frames.Challenge == 0:
		p.unheard = true
	}
}

// use notes the scheme of h, and the mechanism inside Negotiate.
func (ix *Index) use(p *hopState, h *handshakeState) {
	scheme, mech := h.scheme(), h.mechanism()
	if scheme != "Negotiate" || mech == scheme {
		mech = ""
	}
	s := schemeText(scheme, mech)
	switch {
	case p.scheme != 0 && ix.schemes[p.scheme] == s:
	case p.scheme == 0 && p.more == nil:
		if p.scheme = ix.schemeNumber(s); p.scheme == 0 {
			p.beyond().schemes = []string{s}
		}
	case p.more == nil || len(p.more.schemes) < maxHopUsers:
		m := p.beyond()
		m.schemes = appendNew(m.schemes, s)
	}
}

// schemeNumber gives the place of s in schemes; 0 if there are too many.
func (ix *Index) schemeNumber(s string) uint8 {
	for i, had := range ix.schemes {
		if had == s {
			return uint8(i)
		}
	}
	if len(ix.schemes) == 1<<8 {
		return 0
	}
	ix.schemes = append(ix.schemes, s)
	return uint8(len(ix.schemes) - 1)
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
func (p *hopState) loggedOn(h *handshakeState) {
	if !h.Anonymous && h.user() == "" || !h.Anonymous && isAccount(p.user, h.domain(), h.user()) {
		return
	}
	u := anonymousUser
	if !h.Anonymous {
		u = account(h.domain(), h.user())
	}
	switch p.user {
	case "":
		p.user = lasting(u, h)
		return
	case u:
		return
	}
	switch m := p.beyond(); {
	case slices.Contains(m.users, u):
	case len(m.users) < maxHopUsers-1:
		m.users = append(m.users, lasting(u, h))
	case !m.others[u] && len(m.others) < 100*maxHopUsers:
		if m.others == nil {
			m.others = map[string]bool{}
		}
		m.others[lasting(u, h)] = true
	}
}

// lasting gives a copy of the account of h if it is a part of the texts of its block.
func lasting(u string, h *handshakeState) string {
	if len(u) == len(h.user()) {
		return strings.Clone(u)
	}
	return u
}

const anonymousUser = "anonymous"

// isAccount reports whether text is DOMAIN\user, without writing that.
func isAccount(text, domain, user string) bool {
	n := len(domain)
	return domain != "" && len(text) == n+1+len(user) && text[n] == '\\' && text[:n] == domain && text[n+1:] == user
}

func (p *hopState) found(id int64) {
	if p.finding == 0 || int64(p.finding) == id {
		p.finding = int32(id)
		return
	}
	if m := p.beyond(); len(m.findings) < maxIDs-1 && !slices.Contains(m.findings, id) {
		m.findings = append(m.findings, id)
	}
}

// list gives the first of a list and those after it, without "".
func list[T comparable](first T, more []T) []T {
	var zero T
	if first == zero {
		return slices.Clone(more)
	}
	return append([]T{first}, more...)
}

// report gives p as others see it. severity has the findings that stand.
func (p *hopState) report(schemes []string, severity map[int64]Severity) Hop {
	m := p.rarely()
	h := Hop{
		Client: p.client.addr, Server: p.serverAddr(), Schemes: list(schemes[p.scheme], m.schemes), Users: list(p.user, m.users), MoreUsers: len(m.others),
		Connections: int(p.connections), Handshakes: int(p.handshakes), Accepted: int(p.accepted), Denied: int(p.denied),
	}
	for _, id := range list(int64(p.finding), m.findings) {
		if s, ok := severity[id]; ok {
			h.Findings = append(h.Findings, id)
			h.HasFinding, h.Worst = true, max(h.Worst, s)
		}
	}
	return h
}

// Hops is the list of hops at the end: worst first, then by number of denied
// handshakes, then in order of appearance.
type Hops struct {
	order    []*hopState
	schemes  []string
	severity map[int64]Severity
}

// Len is how many hops there are.
func (h *Hops) Len() int { return len(h.order) }

// All gives the hops in their order.
func (h *Hops) All() iter.Seq2[int, Hop] {
	return func(yield func(int, Hop) bool) {
		for i, p := range h.order {
			if !yield(i, p.report(h.schemes, h.severity)) {
				return
			}
		}
	}
}

// sortedHops puts the hops in order. Most have no finding and nothing denied: they
// stay behind the others as they came.
func (ix *Index) sortedHops(severity map[int64]Severity) Hops {
	type ranked struct {
		p    *hopState
		rank int
	}
	var first []ranked
	var rest []*hopState
	for _, p := range ix.hopOrder {
		rank := p.rank(severity)
		if rank >= 0 || p.denied > 0 {
			first = append(first, ranked{p, rank})
		} else {
			rest = append(rest, p)
		}
	}
	slices.SortStableFunc(first, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(y.rank, x.rank), cmp.Compare(y.p.denied, x.p.denied))
	})
	out := Hops{schemes: ix.schemes, order: make([]*hopState, 0, len(ix.hopOrder)), severity: severity}
	for _, r := range first {
		out.order = append(out.order, r.p)
	}
	out.order = append(out.order, rest...)
	return out
}

// rank gives the worst severity of the findings of p that stand; -1 if there is none.
func (p *hopState) rank(severity map[int64]Severity) int {
	rank := -1
	worse := func(id int64) {
		if s, ok := severity[id]; ok {
			rank = max(rank, int(s))
		}
	}
	if p.finding != 0 {
		worse(int64(p.finding))
	}
	for _, id := range p.rarely().findings {
		worse(id)
	}
	return rank
}
