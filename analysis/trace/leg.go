package trace

import (
	"net/netip"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
)

// side tells the two authentications that one connection can carry apart: the
// client's to the origin server and the client's to a proxy.
type Side uint8

const (
	Origin Side = iota
	Proxy
)

func SideOf(proxied bool) Side {
	if proxied {
		return Proxy
	}
	return Origin
}

// leg is what the analysis keeps of a connection as long as one of its
// handshakes is retained; what is needed only while the connection lasts is in
// live.
type Conn struct {
	Hop       *Hop // nil for a copy of a connection that was captured at another point
	Client    *Host
	Server    *Host
	*OpenConn // nil once the connection has ended, and for a copy

	ID              int64     // as decode.Conn.ID
	First           [2]uint32 // as decode.Conn.First, if knownFirst is true
	RoundTripMicros uint32    // microseconds
	Source          uint32
	ClientPort      uint16
	ServerPort      uint16
	KnownFirst      bool
	FromStart       bool
	Lost            bool // it has ended, and bytes of it are missing in the capture
	Watched         bool // a rule wants every exchange of it: see Index.Watch
}

// copied reports whether l is a copy of a connection that was captured at another point.
func (l *Conn) Copied() bool { return l.Hop == nil }

func (l *Conn) ClientAddr() netip.AddrPort { return netip.AddrPortFrom(l.Client.Addr(), l.ClientPort) }
func (l *Conn) ServerAddr() netip.AddrPort { return netip.AddrPortFrom(l.Server.Addr(), l.ServerPort) }

// export returns what reports say of the connection.
func (l *Conn) export() report.Conn {
	return report.Conn{Source: int(l.Source), ID: l.ID, Client: l.ClientAddr(), Server: l.ServerAddr()}
}

// rtt gives the round trip to the server; 0 if unknown.
func (l *Conn) RTT() time.Duration { return time.Duration(l.RoundTripMicros) * time.Microsecond }

// connKey names a connection.
type ConnKey struct {
	source uint32
	id     int64
}

func (l *Conn) Key() ConnKey { return ConnKey{l.Source, l.ID} }

// Watch asks for every exchange of a connection, also those of an identity
// that nothing else is asked of.
func (ix *Index) Watch(l *Conn) { l.Watched = true }

// live is the state of a connection that has not ended.
type OpenConn struct {
	Current      [2]*Handshake // the handshake that waits for its next message, of each side; none of them is over
	Identity     [2]*Handshake // the last handshake that was accepted
	Last         *Handshake    // the last one that is over
	Waiting      []*Pending    // requests that were given and not answered yet, oldest first
	FirstWaiting [1]*Pending   // of waiting
	Answered     *Pending      // the last request that was answered, with what its answer said
	Prefix       []byte        // of the path that the last logon was for, see pathPrefix
}

// pending is a request that waits for its answer, and then for the end of the
// answer's body.
type Pending struct {
	Auth       *decode.Exchange // nil once it is answered
	Index      int              // of the exchange
	Frame      [2]int64         // where the heads of request and answer are complete
	Handshakes []*Handshake     // the handshakes that its credentials belong to
	Front      *FrontRequest    // what its server does meanwhile
	Few        [2]*Handshake
	Reply      [2]*Handshake // the handshake of each side that the answer went on with or ended
}

// find gives the request number index that waits for its answer, or for the
// end of its answer; nil if there is none.
func (l *OpenConn) Find(index int) *Pending {
	if p := l.Answered; p != nil && p.Index == index {
		return p
	}
	for _, p := range l.Waiting {
		if p.Index == index {
			return p
		}
	}
	return nil
}

// lastOver gives the last handshake of l that is over, nil if l has ended.
func (l *Conn) lastOver() *Handshake {
	if l.OpenConn == nil {
		return nil
	}
	return l.Last
}
