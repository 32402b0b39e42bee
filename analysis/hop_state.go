package analysis

import "net/netip"

// maxHopUsers bounds the accounts that a hop names.
const maxHopUsers = 100

type hopKey struct {
	client netip.Addr
	server netip.AddrPort
}

// hopState is a hop while it grows.
type hopState struct {
	client, server *host

	schemes, users []string        // in order of appearance, maxHopUsers at most
	others         map[string]bool // accounts beyond maxHopUsers, to count each once
	findings       []int64         // the first maxIDs

	unanswered   *handshakeState // the last one whose CHALLENGE was not answered
	proxyRefused *handshakeState // the last complete logon that a proxy refused

	hopFacts
	connections, handshakes, accepted, denied int32

	port     uint16
	unlisted bool // there are too many: it is in no report
}

// hopFacts is what rules ask about all that passed between two machines.
type hopFacts struct {
	*offered            // nil if nothing was offered to a request without credentials, or any were presented
	lastBegun     int64 // times
	lastPresented int64
	lastAccepted  int64
	presented     bool  // credentials were presented
	closed        uint8 // connections that ended between CHALLENGE and AUTHENTICATE, at most 2
	unheard       bool  // a NEGOTIATE got no CHALLENGE that was captured
	explained     bool  // double-hop-no-credentials was said of its offers
	saidClosed    bool  // connection-closed-mid-handshake was said of them
}

func (p *hopState) serverAddr() netip.AddrPort { return netip.AddrPortFrom(p.server.addr(), p.port) }

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
