package main

import (
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/live"
	"ntlmtrace/decode"
)

// packetSource gives the packets of interfaces: a live.Source, or a script.
type packetSource interface {
	// Next is nil, live.ErrTimeout, a *live.GoneError, or why reading ended.
	Next(p *capture.Packet, wait time.Duration) error
	Interfaces() []live.Interface
	Stats() live.Stats
	Notes() []string
	Close() error
}

// packetKeeper writes the packets of connections that carry authentication, for
// --write. It stands before the assembler and beside the decoder: which
// connections are wanted shows only there.
type packetKeeper interface {
	Take(a *capture.Assembler, p *capture.Packet) // instead of a.Packet
	Watch(c capture.Consumer) capture.Consumer    // hears what c hears
	Mark()                                        // the connection at hand is wanted; called from within c
	Close() error
}

// marking is the sink of a decoder that has a keeper: what is given to the
// analysis is authentication, or on a connection that carries it.
type marking struct {
	decode.Sink
	keeper packetKeeper
}

// Request implements decode.Sink.
func (m marking) Request(x *decode.Exchange) {
	m.keeper.Mark()
	m.Sink.Request(x)
}

// Exchange implements decode.Sink.
func (m marking) Exchange(x *decode.Exchange) {
	m.keeper.Mark()
	m.Sink.Exchange(x)
}

// linkNames gives the link types of the interfaces, each once.
func linkNames(src packetSource) []string {
	names := []string{}
	for _, i := range src.Interfaces() {
		if name := i.Link.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
