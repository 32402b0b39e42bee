package auth

import (
	"net/netip"
	"time"

	"ntlmtrace/capture"
)

// Conn holds the facts of a connection that the exchanges on it share. It is
// not changed after the first exchange that points to it was passed to a Sink.
// It is good until Sink.Closed returns or, if one of its exchanges is kept, as
// long as that.
type Conn struct {
	Source    int            // index of the source that it was captured in
	ID        int64          // number of the connection in its source, from 1, by first payload; one inside another has its number
	Client    netip.AddrPort // who sends requests
	Server    netip.AddrPort
	Start     capture.Stamp // first payload
	FromStart bool          // the client's SYN was captured, so no request before the first one is missing
	RoundTrip time.Duration // SYN to SYN/ACK as seen at the capture point; 0 if unknown

	// First holds the sequence numbers of the first bytes of client and server,
	// if KnownFirst is true. A copy of the connection that was captured
	// elsewhere has the same ones, a proxy's own connection has not.
	First      [2]uint32
	KnownFirst bool

	// Digest is the keyed hash (see DigestOf) of the first message that a Sink
	// was given of the connection: the request or, if that was not captured,
	// the response. Copies of a connection have the same digest.
	Digest uint64

	// Parent is the connection that handed over to this one: its CONNECT, or a
	// layer such as TLS. It is nil for most. ParentAt is where it did so.
	Parent   *Conn
	ParentAt capture.Stamp

	attached any
	kept     bool // an exchange of it is
}

// Attach stores v, the Sink's own state of the connection. It spares the Sink a
// table of connections.
func (c *Conn) Attach(v any) { c.attached = v }

// Attached returns what Attach stored; nil at first.
func (c *Conn) Attached() any { return c.attached }

// Kept reports whether an exchange of c is kept, so that nobody may use c for
// another connection.
func (c *Conn) Kept() bool { return c.kept }
