package carrier

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
)

// Conn is a connection as a carrier sees it: a TCP connection, or one inside
// another that has handed over. It is lent for one call.
type Conn struct {
	TCP *tcp.Conn // addresses and sequence numbers; its Handle and State are the Decoder's

	// Handle is the carrier's own, 0 at first. After a handover it is 0 if the
	// carrier wants nothing more of the connection, not even its end.
	Handle uint32

	Midstream bool  // its first bytes were not captured
	Depth     uint8 // handovers before it; 0 for a TCP connection

	outer  *Conn         // that handed over to it; nil for a TCP connection
	began  capture.Stamp // where it did
	handed *Handover     // what it said when it handed over itself
}

// Facts returns what the exchanges of c share. The client is the direction that
// sends requests, start the first payload.
func (c *Conn) Facts(env *Env, client capture.Dir, start capture.Stamp) auth.Conn {
	server := 1 - client
	a := auth.Conn{
		Source: env.Source, ID: c.TCP.ID(),
		Client: c.TCP.Endpoint(client), Server: c.TCP.Endpoint(server),
		Start: start, FromStart: c.TCP.Started(client), RoundTrip: c.TCP.RoundTrip(),
	}
	first, known := c.TCP.First(client)
	answer, alsoKnown := c.TCP.First(server)
	// Numbers that count from nothing are those of a capture made by hand: all
	// its connections have them.
	byHand := first < 1<<16 && answer < 1<<16
	a.First, a.KnownFirst = [2]uint32{first, answer}, known && alsoKnown && !byHand
	if c.outer != nil {
		a.Parent, a.ParentAt = c.outer.asParent(c.TCP, env), c.began
	}
	return a
}

// asParent returns the record of c, which has handed over.
func (c *Conn) asParent(t *tcp.Conn, env *Env) *auth.Conn {
	if c.handed.Conn != nil {
		return c.handed.Conn
	}
	c.TCP = t
	a := c.Facts(env, c.handed.Client, c.handed.Start)
	c.handed.Conn = &a
	return c.handed.Conn
}

// Inside returns the connection inside c, which hands over at the stamp.
func (c *Conn) Inside(h *Handover, at capture.Stamp) Conn {
	handed := *h
	c.handed = &handed
	return Conn{TCP: c.TCP, Depth: c.Depth + 1, outer: c, began: at}
}
