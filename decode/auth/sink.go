package auth

import (
	"net/netip"

	"ntlmtrace/capture"
)

// Interest is what a Sink wants to hear of the rest of a connection.
type Interest uint8

// The interests.
const (
	// Everything: every exchange of an identity.
	Everything Interest = iota
	// LogonsOnly: of the exchanges without credentials only those that were
	// refused, although the connection has an identity; until Decoder.Open.
	LogonsOnly
)

// Sink takes what carriers decode, in the order of the packets. Calls come one
// at a time.
type Sink interface {
	// Request takes an exchange as soon as its request is there, if it carries
	// credentials or is on a connection that has an identity. The same exchange
	// comes again in Exchange.
	Request(x *Exchange) Interest
	// Exchange takes an exchange that is over (see Ending). Nothing of it may
	// be used after that, unless its Keep was called.
	Exchange(x *Exchange) Interest
	// Complete reports the frame in which the body of a message ended: of the
	// response, or else of the request, of exchange number index of c, which
	// the Sink has been given. It is not called for a message without a body,
	// which ends with its head.
	Complete(c *Conn, index int, response bool, at capture.Stamp)
	// Closed reports that a connection of which the Sink was given exchanges
	// has ended. With lost, bytes of it are missing in the capture: there may
	// have been more than was given.
	Closed(c *Conn, at capture.Stamp, how capture.End, lost bool)
	// Passage takes how packets of a connection, whatever it carries, passed the
	// machine that captured the source. p is good until Passage returns.
	Passage(source int, p *capture.Passage)
	// Ticket takes an exchange with a KDC. It is good until Ticket returns.
	Ticket(t *TicketExchange)
}

// PlainSink is a Sink that wants to know what clients ask of some machines
// without logging on, and where that cannot be seen: what a proxy asks of its
// servers is explained by what it was asked itself.
type PlainSink interface {
	Sink
	// WantsPlain reports whether the requests to a server are wanted that are
	// not given to Request. The answer may change with every call of the Sink.
	WantsPlain(server netip.Addr) bool
	// Plain takes such a request when it is there, and again when it is over:
	// its Ending is not Open then. Of the answer it has the Stamp. It is good
	// until Plain returns. An answer whose request was not captured is over at
	// once. An exchange that is given to Exchange after all is
	// not given to Plain again.
	Plain(x *Exchange)
	// Unread reports that a connection to a server is one of which nothing is
	// read from here on (TLS, HTTP/2, what no carrier knows), and again that it
	// is over, or read after all. Where it is not known which end opened it, it
	// is reported for both.
	Unread(server netip.Addr, over bool, at capture.Stamp)
}
