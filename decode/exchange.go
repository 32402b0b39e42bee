package decode

import (
	"bytes"
	"net/netip"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/decode/ntlm"
)

// Conn holds the facts of a connection that the exchanges on it share. It is
// not changed after the first exchange that points to it, but by the sink. It is
// good until Sink.Closed returns, and, if an exchange of it is kept, as long as that.
type Conn struct {
	Source    int            // index of the source that it was captured in
	ID        int64          // number of the connection in its source, from 1, by first payload
	Client    netip.AddrPort // who sends requests
	Server    netip.AddrPort
	Start     capture.Stamp // first payload
	FromStart bool          // the client's SYN was captured, so no request before the first one is missing
	RoundTrip time.Duration // SYN to SYN/ACK as seen at the capture point; 0 if unknown

	// First holds the sequence numbers of the first bytes of client and server,
	// if KnownFirst is true. A copy of the connection that was captured elsewhere
	// has the same ones, a proxy's own connection has not.
	First      [2]uint32
	KnownFirst bool

	State any // the sink's own, nil at first: it spares the sink a table of connections

	// Quiet may be set by the sink during a call that gives an exchange of the connection: although it has
	// an identity, of what comes without credentials only answers with 401, 403
	// or 407 are wanted, until Decoder.Wake is called.
	Quiet bool

	negotiated [2]ntlm.Flags // of the last CHALLENGE of the origin server, and of the proxy
	kept       bool          // an exchange of it is
}

// Ending says how an exchange ended.
type Ending uint8

// The endings of an exchange.
const (
	Open         Ending = iota // no answer yet: the request has just been given to Sink.Request
	Answered                   // a final response was read
	ClosedEarly                // the connection was closed by FIN before a response
	ResetEarly                 // the connection was reset before a response
	Lost                       // a gap, a limit or a reused port hides the response
	CaptureEnded               // the capture ended before a response
)

// String names the ending as reports show it.
func (e Ending) String() string {
	return [...]string{"open", "answered", "closed before the answer", "reset before the answer", "answer not captured", "capture ended before the answer"}[e]
}

// Exchange is one request and its response with the authentication that they
// carried. Everything in it but Conn, its strings, slices and decoded tokens, is
// good until Sink.Exchange returns, and is then used for another exchange: copy
// what you keep of it. Only if Keep was called it stays as it is, and owns its
// memory.
type Exchange struct {
	Conn     *Conn
	Carrier  string // "http"
	Index    int    // number of the exchange on its connection as captured, from 0
	Request  Request
	Response Response
	Ending   Ending

	// Gap is true if bytes of this connection were lost, or could not be read, in
	// either direction, after the end of the previous exchange's response head
	// and before the end of this one's request head, or if the previous exchange
	// itself was incomplete: an earlier message of the same handshake may be
	// missing. Bytes lost inside a body of known length are no gap.
	Gap bool
	// ClientLocal and ServerLocal are true if packets from that side were marked
	// as sent by the capturing machine.
	ClientLocal, ServerLocal bool
	// ClientArrived and ServerArrived are true if packets from that side were
	// marked as received by the capturing machine.
	ClientArrived, ServerArrived bool
	// LastOnConn is true if the connection had ended, or its server or client had announced
	// its end (Connection: close, HTTP/1.0 without keep-alive), with this exchange.
	LastOnConn bool
	// Problems lists what was odd in this exchange: bad base64, a malformed token, a truncated head.
	Problems []Problem
	// Authenticated is the state of the connection before this request: true once
	// credentials were sent on it that were not refused, by 401 from the origin server or 407
	// from the proxy that they were for. A tunnel begins without.
	Authenticated bool

	kept bool
}

// Keep makes x stay as it is for as long as anybody points to it. It is called
// from Sink.Request or Sink.Exchange.
func (x *Exchange) Keep() {
	if !x.kept {
		x.kept, x.Conn.kept = true, true
		x.Response.Head = bytes.Clone(x.Response.Head) // until now a part of the packet
	}
}

// Problem is something odd in the traffic.
type Problem struct {
	Frame int64
	Text  string
}

// Request is the request of an exchange; its zero value means that it was not captured.
type Request struct {
	First         capture.Stamp // where the head begins
	Stamp         capture.Stamp // where the head is complete; not Seen if the request was not captured
	Method        string
	Target        string // request target as sent
	Version       string // "HTTP/1.1"
	Host          string
	ContentLength int64 // -1 if not stated
	Chunked       bool
	Credentials   []Credentials
	Head          ntlm.Secret // the whole head as sent, credentials and all, for Field

	letters letterSet // with which its fields begin; 0 if unknown
}

// Response is the response of an exchange; its zero value means that there was none.
type Response struct {
	First         capture.Stamp
	Stamp         capture.Stamp // where the head is complete
	Status        int
	ContentLength int64 // -1 if not stated
	Challenges    []Challenge
	Head          ntlm.Secret // the whole head as sent, tokens and all, for Field
	Cut           bool        // fields at the end of the head were not captured

	letters letterSet // with which its fields begin; 0 if unknown
}

// Field gives the values of every field called name (any letter case) in the
// request's head, joined by ", ".
func (r *Request) Field(name string) string { return field(r.Head, r.letters, name) }

// Field gives the values of every field called name (any letter case) in the
// response's head, joined by ", ".
func (r *Response) Field(name string) string { return field(r.Head, r.letters, name) }

// Sink takes what a carrier decodes, in the order of the packets.
type Sink interface {
	// Request gives an exchange as soon as its request head is complete, if it
	// carries credentials or is on a connection that has an identity. The same
	// exchange comes again in Exchange.
	Request(x *Exchange)
	// Exchange gives an exchange that is over (see Ending). Nothing of it may be
	// used after that, unless its Keep was called.
	Exchange(x *Exchange)
	// Whole says that a message of exchange number index of c, which was given,
	// is there to the end of its body, in the frame at: the response, or else the
	// request. It is not called for a message without a body, which ends with its
	// head.
	Whole(c *Conn, index int, response bool, at capture.Stamp)
	// Closed says that a connection of which exchanges were given has ended.
	// With lost, bytes of it are missing in the capture: there may have been more than was given.
	Closed(c *Conn, at capture.Stamp, how capture.End, lost bool)
}
