package trace

import "net/netip"

// maxHopUsers bounds the accounts that a hop names.
const maxHopUsers = 100

// HopKey names a hop by its addresses.
type HopKey struct {
	Client netip.Addr
	Server netip.AddrPort
}

// Hop is all connections of a client to a port of a server.
type Hop struct {
	Client, Server *Host

	schemes, users []string        // in order of appearance, maxHopUsers at most
	others         map[string]bool // accounts beyond maxHopUsers, to count each once
	Findings       []int64         // the first MaxIDs

	named ruleSet // rules with findings about it
	hopFacts
	Connections, Handshakes, Accepted, Denied int32

	begun    uint32 // number of its latest handshake
	port     uint16
	Unlisted bool // there are too many: it is in no report
	left     bool // a connection of it turned out to be another hop's: see Index.MoveConn
}

// hopFacts is what rules ask about all that passed between two machines.
type hopFacts struct {
	*Offers          // nil if nothing was offered to a request without credentials, or any were presented
	LastBegun  int64 // capture time, 0 if never
	last       Times
	Presented  bool // credentials were presented
	unanswered bool // a NEGOTIATE got no CHALLENGE that was captured
}

// ServerAddr returns the address and port of the server.
func (p *Hop) ServerAddr() netip.AddrPort { return netip.AddrPortFrom(p.Server.Addr(), p.port) }

// Offers counts the answers that offered a scheme to a request without
// credentials.
type Offers struct {
	OfferCount int
	ViaCount   int   // those of them that went through a proxy that does not bind connections
	FirstOffer Offer // the first of them
	LastOffer  int64 // capture time
}

// Offer is an answer that offers schemes.
type Offer struct {
	Conn    *Conn
	Request int64  // frame of the request
	Frame   int64  // frame of the answer
	Text    string // of the answer
	Schemes string // as offered
	Proxy   bool   // by a proxy, for itself
	Support bool   // with Proxy-Support
}

// HopBetween returns the hop from client to server, new if need be.
func (ix *Index) HopBetween(client netip.Addr, server netip.AddrPort) *Hop {
	return ix.Hop(ix.Machines.Host(client), ix.Machines.Host(server.Addr()), server.Port())
}

// hopKeyOf returns the key of a hop: the numbers of hosts have 20 bits.
func hopKeyOf(client, server *Host, port uint16) uint64 {
	return uint64(client.ID)<<36 | uint64(server.ID)<<16 | uint64(port)
}

// Key implements table.Keyed.
func (p *Hop) Key() uint64 { return hopKeyOf(p.Client, p.Server, p.port) }

// Hop returns the hop from client to a port of server, new if need be. Where
// there are too many it is one that is not listed.
func (ix *Index) Hop(client, server *Host, port uint16) *Hop {
	k := hopKeyOf(client, server, port)
	if client.ID == 0 || server.ID == 0 {
		return &Hop{Client: client, Server: server, port: port, Unlisted: true}
	}
	if p := ix.Hops.Find(k); p != nil {
		return p
	}
	if ix.Hops.Len() >= ix.Limits.Hops {
		return &Hop{Client: client, Server: server, port: port, Unlisted: true}
	}
	p := &Hop{Client: client, Server: server, port: port}
	ix.Hops.Add(p)
	return p
}

// EachHop returns what ask finds about each hop.
func (ix *Index) EachHop(ask func(*Hop) *Finding) []*Finding {
	var out []*Finding
	for _, p := range ix.Hops.List() {
		if f := ask(p); f != nil {
			out = append(out, f)
		}
	}
	return out
}
