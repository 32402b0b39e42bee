package trace

import (
	"slices"

	"ntlmtrace/decode/auth"
)

// Exchange is an exchange that is over, as the rules see it.
type Exchange struct {
	Auth       *auth.Exchange
	Conn       *Conn
	Handshakes []*Handshake    // of its credentials
	Before     *Handshake      // the identity of the connection before it
	At         int64           // capture time when it was over
	Inside     bool            // a request of a known user was under way at its client's machine
	Fronts     []*FrontRequest // the requests that were under way at its client's machine
	Own        *FrontRequest   // what its server did for it, if it knew the user; nil in a copy that is kept
}

// FrontRequest is a request of a user whom its server knows, and what the same
// machine did as a client of others before it answered.
type FrontRequest struct {
	Auth         *auth.Exchange
	Conn         *Conn
	User         *Handshake // that gave the request its identity
	Start        int64      // capture time of the request
	End          int64      // of its end; 0 while it is under way
	Inner        []*Exchange
	Own          Exchange      // the exchange of the request itself, once it is over
	Dropped      int           // exchanges that were not kept for their number
	Older, Newer *FrontRequest // of those under way at its server

	Failed bool // it is over, and was answered 400 or above, or not at all
}

// Bounds of what is kept of nesting. A proxy for thousands of users is a
// client in each of their requests: time alone cannot tell which is whose.
const (
	maxUnderWay = 64 // requests under way at one server that are looked at
	MaxInner    = 64 // exchanges kept for one request
)

// MayPassOn reports whether the refusal of x may be that of another server, which
// its own one asked meanwhile and passes on: the last that it was told.
func (x *Exchange) MayPassOn() bool {
	if x.Own == nil || len(x.Own.Inner) == 0 {
		return false
	}
	return x.Own.Inner[len(x.Own.Inner)-1].Forbidden()
}

// Keep returns a copy of x that may be kept.
func (x *Exchange) Keep() Exchange {
	x.Auth.Keep()
	k := *x
	k.Own = nil                               // it is used again
	k.Handshakes = slices.Clone(x.Handshakes) // they are in a record that is used again
	return k
}
