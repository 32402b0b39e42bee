package carrier

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
)

// Carrier is a protocol that carries authentication. To add one: write its
// package with a Carrier in it, its test, and a line in decode.Carriers.
type Carrier struct {
	Name string // as in auth.Exchange.Carrier

	// Recognise says whether first, the first bytes that direction dir of a
	// connection sent, begins a conversation of this carrier. It must not say
	// Maybe to more than a few thousand bytes. It is nil for a carrier without
	// TCP.
	Recognise func(dir capture.Dir, first []byte) Verdict

	// Open returns the reader of all conversations of this carrier for one
	// Decoder. It is nil for a carrier without TCP.
	Open func(env *Env) Conversations

	// OpenDatagrams returns the reader of its datagrams for one Decoder. It is
	// nil for a carrier without UDP.
	OpenDatagrams func(env *Env) Datagrams
}

// Env is what the reader of a carrier gets from its Decoder.
type Env struct {
	Source int // index of the source, for auth.Conn
	Sink   auth.Sink
	Plain  auth.PlainSink // the Sink, if it is one; else nil
	Limits Limits
	Stats  *Stats // of the Decoder

	// Everything is set once every connection is of interest, whatever the Sink
	// said of it: see decode.Decoder.Open.
	Everything bool
}

// Listens reports whether every exchange of a connection is wanted of which the
// Sink said i.
func (e *Env) Listens(i auth.Interest) bool { return i == auth.Everything || e.Everything }

// Verdict is the answer to "do these bytes begin ...?".
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota
	Maybe         // they may, more bytes are needed
	Yes
)

// Conversations reads the connections of one carrier for one Decoder. It keeps
// their state by Conn.Handle. Calls come one at a time, in the order of the
// packets, as those of a tcp.Consumer do.
type Conversations interface {
	// Data takes the next bytes of c. The advice says how the direction goes
	// on, unless there is a handover. Of the advices to bytes that came before
	// the carrier was known, only Ignore counts. After Ignore c is not used
	// again.
	Data(c *Conn, s *tcp.Segment) (tcp.Advice, *Handover)
	// Skipped reports that the last of the bytes that were skipped in direction
	// dir has come, with nothing after it.
	Skipped(c *Conn, dir capture.Dir, at capture.Stamp)
	// HalfClosed reports that direction dir has ended by FIN.
	HalfClosed(c *Conn, dir capture.Dir, at capture.Stamp)
	// Closed reports that c is over.
	Closed(c *Conn, at capture.Stamp, how capture.End)
	// Waiting yields the exchanges that the Sink was not given in Sink.Request,
	// because it wanted logons only of their connection, and whose requests
	// still wait for an answer. From then on they count as given.
	Waiting(yield func(*auth.Exchange) bool)
}
