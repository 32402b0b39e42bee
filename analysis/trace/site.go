package trace

import (
	"hash/maphash"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// site is a server as clients address it, a port of a host and the name in the
// Host field, with a machine that issues challenges there. Behind a forward
// proxy all sites are of the proxy's host.
type site struct {
	key    uint64
	issuer *Issuer
	other  *site // another machine of the same site: it is a farm
}

// Key implements table.Keyed.
func (s *site) Key() uint64 { return s.key }

// Bounds of what is remembered of sites.
const (
	maxSites       = 1 << 15
	maxSiteIssuers = 8
)

var hostSeed = maphash.MakeSeed()

// Site returns what stands for the site of h. A proxy has no name but that in
// its challenges.
func (h *Handshake) Site() uint64 {
	place := table.Mix(h.Conn.Server.Key(), uint64(h.Conn.ServerPort))
	if h.Session.Proxy {
		return table.Mix(place, 1)
	}
	return table.Mix(place, maphash.String(hostSeed, HostOf(h.Host))|2)
}

// siteName returns the name by which the client of h addresses its site; "" for
// a proxy.
func siteName(h *Handshake) string {
	if h.Session.Proxy {
		return ""
	}
	return HostOf(h.Host)
}

// NoteIssuer notes who issued the CHALLENGE of h, and where.
func (ix *Index) NoteIssuer(h *Handshake) {
	if h.Issuer == nil {
		return
	}
	key := h.Site()
	first := ix.sites.Find(key)
	if first == nil {
		if ix.sites.Len() >= maxSites {
			ix.sites = table.Table[*site]{}
		}
		ix.sites.Add(&site{key: key, issuer: h.Issuer})
		return
	}
	s := first
	for n := 1; s.issuer != h.Issuer; n++ {
		if s.other == nil {
			if n < maxSiteIssuers {
				s.other = &site{key: key, issuer: h.Issuer}
			}
			return
		}
		s = s.other
	}
}

// issuersAt returns who issues challenges where h was presented: the issuer of
// its own CHALLENGE if it has one.
func (ix *Index) issuersAt(h *Handshake) []*Issuer {
	if h.Issuer != nil {
		return []*Issuer{h.Issuer}
	}
	return ix.issuersOf(h.Site())
}

// issuersOf returns who issues challenges at the site with a key.
func (ix *Index) issuersOf(key uint64) (out []*Issuer) {
	for s := ix.sites.Find(key); s != nil; s = s.other {
		out = append(out, s.issuer)
	}
	return out
}

// BehindProxy reports whether the server of h is a site behind a forward proxy,
// whose address is not that of the connection.
func (h *Handshake) BehindProxy() bool { return isBehindProxy(h.Conn, h.Session, h.Carrier) }

func isBehindProxy(c *Conn, s auth.Session, carrier string) bool {
	return !s.Proxy && (c.Tunnel || s != auth.Session{} && carrier == "http")
}

// Place is where a client logs on: a server, a proxy, or a site behind one.
type Place struct {
	Hop    *Hop
	site   uint64
	behind bool // it is a site behind a proxy
}

// Place returns where the client of h logs on.
func (h *Handshake) Place() Place { return placeOf(h.Conn, h.Session, h.Carrier, h.Host) }

// Place returns where the client of x logs on in a session.
func (x *Exchange) Place(s auth.Session) Place {
	return placeOf(x.Conn, s, x.Auth.Carrier, x.Auth.Target.Host)
}

func placeOf(c *Conn, s auth.Session, carrier, host string) Place {
	p := Place{Hop: c.Hop, behind: isBehindProxy(c, s, carrier)}
	switch {
	case s.Proxy || p.behind && !c.Tunnel:
		p.site = s.ID
	case c.Tunnel:
		p.site = maphash.String(hostSeed, HostOf(host))
	}
	return p
}

// maxPlaces bounds the sites behind proxies whose Times are remembered.
const maxPlaces = 1 << 12

// TimesAt returns the Times of a place. They are those of its hop, but behind a
// proxy each site has its own.
func (ix *Index) TimesAt(p Place) Times {
	if p.behind {
		return ix.places.Get(p)
	}
	return p.Hop.last
}

// noteTimes notes h, which is over, for TimesAt.
func (ix *Index) noteTimes(h *Handshake) {
	if !h.BehindProxy() || h.Frames.Authenticate == 0 && h.Frames.Challenge == 0 {
		return
	}
	p := h.Place()
	t := ix.places.Get(p)
	t.note(h)
	ix.places.Set(p, t)
}

// Times is what happened last somewhere, capture times; 0 if it never did.
type Times struct {
	Presented  int64 // credentials
	Challenged int64 // a CHALLENGE was got
	Accepted   int64
	Served     int64 // accepted, and the request was not answered with an error
}

func (t *Times) note(h *Handshake) {
	if h.Frames.Authenticate != 0 {
		t.Presented = max(t.Presented, h.AuthenticatedAt)
	}
	if h.Frames.Challenge != 0 {
		t.Challenged = max(t.Challenged, h.ChallengedAt)
	}
	if h.Outcome == report.Accepted {
		t.Accepted = max(t.Accepted, h.ResultAt)
		if h.Trouble == report.NoTrouble {
			t.Served = max(t.Served, h.ResultAt)
		}
	}
}

// SameServer reports whether two handshakes are with one server. One address,
// port and name is one server, a farm too. Otherwise the names in the
// challenges decide, field by field: two ports or sites of one address are two
// servers if their challenges name two machines, and a virtual address and the
// own address of a node are one server if they name one. Where the names do
// not tell, a site behind a proxy is known by its name and others by their
// addresses.
func (ix *Index) SameServer(x, y *Handshake) bool {
	if x.Site() == y.Site() {
		return true
	}
	if x.Session.Proxy != y.Session.Proxy {
		return false // one is the proxy, the other is behind it
	}
	switch compareIssuers(ix.issuersAt(x), ix.issuersAt(y)) {
	case sameMachine:
		return true
	case otherMachine:
		return ix.isNode(x, y) || ix.isNode(y, x)
	}
	if x.BehindProxy() || y.BehindProxy() {
		return siteName(x) == siteName(y) && siteName(x) != ""
	}
	return ix.Machines.SameServer(x.Server().Addr(), y.Server().Addr())
}

// isNode reports whether the server of y is a node of the farm at which x is
// presented: a site whose challenges name several machines.
func (ix *Index) isNode(y, x *Handshake) bool {
	farm := ix.issuersOf(x.Site())
	return len(farm) > 1 && compareIssuers(farm, ix.issuersAt(y)) == sameMachine
}

// namedAlike reports whether clients name one site in both, or the machine that
// issues challenges at one of them, where no challenge at the other was
// captured. A front end that passes the Host field on does so too: it is no
// proof for what a front end sends.
func (ix *Index) namedAlike(x, y *Handshake) bool {
	if x.Session.Proxy || y.Session.Proxy {
		return false
	}
	hostX, hostY := siteName(x), siteName(y)
	atX, atY := ix.issuersAt(x), ix.issuersAt(y)
	switch {
	case len(atX) > 0 && len(atY) > 0:
		return false // the challenges decide
	case hostX == hostY:
		return hostX != "" && !isAddr(hostX, x.Server().Addr()) && !isAddr(hostX, y.Server().Addr())
	}
	return isNameOf(hostY, atX) || isNameOf(hostX, atY)
}

// isNameOf reports whether a name that clients use is the DNS name of a machine
// that issues challenges.
func isNameOf(host string, issuers []*Issuer) bool {
	return host != "" && slices.ContainsFunc(issuers, func(is *Issuer) bool { return strings.EqualFold(host, is.dns) })
}

// comparison is what the names of two servers say of them.
type comparison uint8

const (
	cannotTell comparison = iota
	sameMachine
	otherMachine
)

// compareIssuers compares the machines that issue challenges at two sites: they
// are the same if one machine is at both.
func compareIssuers(x, y []*Issuer) comparison {
	result := cannotTell
	for _, a := range x {
		for _, b := range y {
			switch compareNames(a, b) {
			case sameMachine:
				return sameMachine
			case otherMachine:
				result = otherMachine
			}
		}
	}
	return result
}

// compareNames compares the names of two machines field by field. A field that
// one of them lacks proves nothing. Equal computer names in two domains are two
// machines.
func compareNames(a, b *Issuer) comparison {
	result := cannotTell
	for _, f := range [...][2]string{{a.Name, b.Name}, {a.dns, b.dns}, {a.domain, b.domain}} {
		if f[0] == "" || f[1] == "" {
			continue
		}
		if !strings.EqualFold(f[0], f[1]) {
			return otherMachine
		}
		if f[0] != a.domain {
			result = sameMachine
		}
	}
	return result
}
