package trace

import (
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// Conn is a connection, as long as one of its handshakes is retained. What is
// needed only while the connection lasts is in OpenConn.
type Conn struct {
	Hop       *Hop // nil for a copy of a connection that was captured at another point
	Client    *Host
	Server    *Host
	*OpenConn // nil once the connection has ended, and for a copy

	ID              int64     // as auth.Conn.ID
	First           [2]uint32 // as auth.Conn.First, if KnownFirst is true
	LastServed      int64     // when a request without credentials was answered well, if all of them are seen (Watched)
	RoundTripMicros uint32    // round trip to the server; 0 if not known
	Source          uint32    // index of the source that it was captured in
	ClientPort      uint16
	ServerPort      uint16
	KnownFirst      bool
	FromStart       bool // its beginning was captured
	Lost            bool // it has ended, and bytes of it are missing in the capture
	Tunnel          bool // it is inside another one: its server is not at its address
	Challenged      bool // it carried a CHALLENGE
	Watched         bool // a rule wants every exchange of it: see Index.Watch
}

// Copied reports whether c is a copy of a connection that was captured at
// another point.
func (c *Conn) Copied() bool { return c.Hop == nil }

// ClientAddr returns the address and port of the client.
func (c *Conn) ClientAddr() netip.AddrPort { return netip.AddrPortFrom(c.Client.Addr(), c.ClientPort) }

// ServerAddr returns the address and port of the server.
func (c *Conn) ServerAddr() netip.AddrPort { return netip.AddrPortFrom(c.Server.Addr(), c.ServerPort) }

// export returns what reports say of the connection.
func (c *Conn) export() report.Conn {
	return report.Conn{Source: int(c.Source), ID: c.ID, Client: c.ClientAddr(), Server: c.ServerAddr()}
}

// RTT returns the round trip to the server; 0 if it is not known.
func (c *Conn) RTT() time.Duration { return time.Duration(c.RoundTripMicros) * time.Microsecond }

// ConnKey names a connection.
type ConnKey struct {
	source uint32
	id     int64
}

// Key returns the name of c, for maps of rules that must not keep c in memory.
func (c *Conn) Key() ConnKey { return ConnKey{c.Source, c.ID} }

// Watch asks for every exchange of c, even where nothing else makes them of
// interest.
func (ix *Index) Watch(c *Conn) { c.Watched = true }

// OpenConn is the state of a connection that has not ended.
type OpenConn struct {
	Auth         *auth.Conn  // that it is the state of
	Sessions     []Session   // the logons of the connection, oldest first
	firstSession [1]Session  // the first memory of Sessions
	Last         *Handshake  // the last handshake that is over
	Waiting      []*Pending  // requests that were reported and are not answered yet, oldest first
	FirstWaiting [1]*Pending // the first memory of Waiting
	Answered     *Pending    // the last request that was answered, and what its answer changed
	Unattached   *Exchange   // the first exchange, if its client was not known to serve anybody; see Analysis.attachLate
	Prefix       []byte      // of the path that the last logon was for, see PathPrefix
	Gap          bool        // bytes are missing since the last CHALLENGE or AUTHENTICATE
}

// Pending is a request that waits for its answer, and then for the end of the
// body of the answer.
type Pending struct {
	Auth       *auth.Exchange // nil once it is answered
	Index      int            // of the exchange
	Frame      [2]int64       // where the heads of request and answer are complete
	Handshakes []*Handshake   // the handshakes that its credentials belong to
	Front      *FrontRequest  // what its server does meanwhile
	few        [2]*Handshake
	Reply      []*Handshake // the handshakes that the answer went on with or ended
	fewReplies [1]*Handshake
}

// Begin makes p the record of x, whose request is there.
func (p *Pending) Begin(x *auth.Exchange) {
	*p = Pending{Auth: x, Index: x.Index, Frame: [2]int64{x.Request.Stamp.Frame}}
	p.Handshakes, p.Reply = p.few[:0], p.fewReplies[:0]
}

// Session is one logon of a connection: the origin server's and the proxy's
// have one each, and carriers with sessions have one for each of these.
type Session struct {
	Name     auth.Session
	Current  *Handshake // the handshake that waits for its next message; it is not over
	Identity *Handshake // the last handshake that was accepted
}

// maxSessions bounds the sessions of one connection. With more, the oldest is
// forgotten.
const maxSessions = 256

// Session returns the session called name, new if need be.
func (c *OpenConn) Session(name auth.Session) *Session {
	if s := c.knownSession(name); s != nil {
		return s
	}
	if c.Sessions == nil {
		c.Sessions = c.firstSession[:0]
	}
	if len(c.Sessions) == maxSessions {
		c.Sessions = slices.Delete(c.Sessions, 0, 1)
	}
	c.Sessions = append(c.Sessions, Session{Name: name})
	return &c.Sessions[len(c.Sessions)-1]
}

// knownSession returns the session called name, nil if there is none.
func (c *OpenConn) knownSession(name auth.Session) *Session {
	for i := range c.Sessions {
		if c.Sessions[i].Name == name {
			return &c.Sessions[i]
		}
	}
	return nil
}

// IdentityOf returns the last handshake that was accepted in the session called
// name, nil if there is none.
func (c *OpenConn) IdentityOf(name auth.Session) *Handshake {
	if s := c.knownSession(name); s != nil {
		return s.Identity
	}
	return nil
}

// Fresh reports whether no credentials and no CHALLENGE were seen on the
// connection yet.
func (c *OpenConn) Fresh() bool {
	if c.Last != nil || len(c.Waiting) > 0 {
		return false
	}
	for i := range c.Sessions {
		if c.Sessions[i].Current != nil || c.Sessions[i].Identity != nil {
			return false
		}
	}
	return true
}

// Awaits reports whether h is the handshake of its session that waits for its
// next message.
func (c *OpenConn) Awaits(h *Handshake) bool {
	s := c.knownSession(h.Session)
	return s != nil && s.Current == h
}

// Find returns the request with an index that waits for its answer, or for the
// end of its answer; nil if there is none.
func (c *OpenConn) Find(index int) *Pending {
	if p := c.Answered; p != nil && p.Index == index {
		return p
	}
	for _, p := range c.Waiting {
		if p.Index == index {
			return p
		}
	}
	return nil
}

// lastOver returns the last handshake of c that is over, nil if c has ended.
func (c *Conn) lastOver() *Handshake {
	if c.OpenConn == nil {
		return nil
	}
	return c.Last
}
