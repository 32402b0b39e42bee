package trace

import "net/netip"

// maxHopUsers bounds the accounts that a hop names.
const maxHopUsers = 100

type HopKey struct {
	Client netip.Addr
	Server netip.AddrPort
}

// hopState is a hop while it grows.
type Hop struct {
	Client, Server *Host

	schemes, users []string        // in order of appearance, maxHopUsers at most
	others         map[string]bool // accounts beyond maxHopUsers, to count each once
	Findings       []int64         // the first maxIDs

	named RuleSet // rules with findings about it
	HopFacts
	Connections, Handshakes, Accepted, Denied int32

	port     uint16
	Unlisted bool // there are too many: it is in no report
}

// hopFacts is what rules ask about all that passed between two machines.
type HopFacts struct {
	*Offers             // nil if nothing was offered to a request without credentials, or any were presented
	LastBegun     int64 // times
	LastPresented int64
	LastAccepted  int64
	Presented     bool // credentials were presented
	unheard       bool // a NEGOTIATE got no CHALLENGE that was captured
}

func (p *Hop) ServerAddr() netip.AddrPort { return netip.AddrPortFrom(p.Server.Addr(), p.port) }

// offered are the answers that offered a scheme to a request without
// credentials.
type Offers struct {
	OfferCount int
	ViaCount   int   // those of them that went through a proxy that does not bind connections
	FirstOffer Offer // the first of them
	LastOffer  int64 // time
}

// offer is an answer that offers schemes.
type Offer struct {
	Conn    *Conn
	Request int64 // frames
	Frame   int64
	Text    string // of the answer
	Schemes string
}
