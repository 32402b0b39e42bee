package auth

import (
	"strconv"

	"ntlmtrace/capture"
)

// Ending says how an exchange ended.
type Ending uint8

// The endings of an exchange.
const (
	Open         Ending = iota // no answer yet: the request has just been passed to Sink.Request
	Answered                   // a final response was read
	ClosedEarly                // the connection was closed by FIN before a response
	ResetEarly                 // the connection was reset before a response
	Lost                       // a gap, a limit or a reused port hides the response
	CaptureEnded               // the capture ended before a response
)

// String returns the ending as reports show it.
func (e Ending) String() string {
	return nameOf(e, "open", "answered", "closed before the answer", "reset before the answer", "answer not captured", "capture ended before the answer")
}

// Exchange is one request and its response with the authentication that they
// carried. Everything in it but Conn, its strings, slices and decoded tokens,
// is good until Sink.Exchange returns, and is then used for another exchange:
// copy what you keep of it. Only if Keep was called it stays as it is, and owns
// its memory.
type Exchange struct {
	Conn     *Conn
	Carrier  string   // "http"
	Index    int      // number of the exchange on its connection as captured, from 0
	Position Position // where it is in a source without packets; zero for packets
	Kind     Kind
	Session  Session // whose identity the request uses, or that it presents credentials for
	Server   Session // of the server that the request is for, also where Session is that of a proxy
	Target   Target
	Request  Message
	Response Message

	// Result is what the answer says: of the credentials of Session or, without
	// any, of the request. Results says the same of each session that the
	// answer can speak of, if there are several; see ResultOf.
	Result  Result
	Results []SessionResult

	Marks  Marks // may be nil: see Mark
	Ending Ending

	// Gap is true if bytes of this connection were lost, or could not be read,
	// in either direction, after the end of the previous exchange's response
	// head and before the end of this one's request head, or if the previous
	// exchange itself was incomplete: an earlier message of the same handshake
	// may be missing. Bytes lost inside a body of known length are no gap.
	Gap bool
	// Last is true if the connection had ended, or its server or client had
	// announced its end (HTTP: Connection: close, HTTP/1.0 without keep-alive),
	// with this exchange.
	Last bool
	// Ends says who announced the end of the connection with this exchange; 0 if
	// nobody did.
	Ends Ends
	// Authenticated is the state of the connection before this request: true
	// once credentials were sent on it that were not denied. A connection
	// inside another begins without.
	Authenticated bool
	// Problems lists what was odd in this exchange: bad base64, a malformed
	// token, a message that was cut.
	Problems []Problem

	kept bool
}

// Problem is something odd in the traffic.
type Problem struct {
	Frame int64
	Text  string
}

// Position says where an exchange is in a source without packets, such as an
// entry of a HAR file.
type Position struct {
	Unit   string // "entry", "line", "session"; empty for packets
	Number int64  // from 1
}

// String returns the position as reports show it, "entry 17"; "" for packets.
func (p Position) String() string {
	if p.Unit == "" {
		return ""
	}
	return p.Unit + " " + strconv.FormatInt(p.Number, 10)
}

// StampByPosition gives the messages of an exchange from a source without
// packets the number of its Position: what has no number was not captured.
func (x *Exchange) StampByPosition() {
	if x.Position.Unit == "" {
		return
	}
	x.Request.number(x.Position.Number)
	if x.Ending == Answered {
		x.Response.number(x.Position.Number)
	}
}

// Keep makes x stay as it is for as long as anybody points to it. It is called
// from Sink.Request or Sink.Exchange, or for what Decoder.Open returns.
func (x *Exchange) Keep() {
	if x.kept {
		return
	}
	x.kept = true
	if x.Conn != nil {
		x.Conn.keep()
	}
}

func (c *Conn) keep() {
	for ; c != nil; c = c.Parent {
		c.kept = true
	}
}

// Kept reports whether Keep was called, so that nobody may use x again.
func (x *Exchange) Kept() bool { return x.kept }

// Mark returns the mark of kind k, "" if there is none.
func (x *Exchange) Mark(k MarkKind) string {
	if x.Marks == nil {
		return ""
	}
	return x.Marks.Value(k)
}

// ResultOf returns what the answer says of the credentials of session s,
// whether or not the request carries any.
func (x *Exchange) ResultOf(s Session) Result {
	for i := range x.Results {
		if x.Results[i].Session == s {
			return x.Results[i].Result
		}
	}
	if s == x.Session {
		return x.Result
	}
	return Result{}
}

// Note adds a problem.
func (x *Exchange) Note(at capture.Stamp, text string) {
	x.Problems = append(x.Problems, Problem{at.Frame, text})
}
