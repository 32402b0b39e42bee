package auth

// Reply says what an answer makes of a request, whatever it says of a logon.
type Reply uint8

// The replies. Of an answer that was not captured to the end of what it says
// nothing is known.
const (
	NoReply     Reply = iota // there is none, it is not known, or it is about another logon
	Served                   // what was asked for came, or the request was let through
	Moved                    // it is to be asked for elsewhere (HTTP: 3xx)
	Asked                    // a logon is asked for
	Forbidden                // it is refused, for who asks, or from where (HTTP: 403)
	Malformed                // the request is refused as it is written (HTTP: 400, 431)
	Broken                   // the server failed (HTTP: 500)
	Unavailable              // the server, or one behind it, does not answer now (HTTP: 503)
	Other                    // the server went past the logon, and there is nothing (HTTP: 404)
)

// Error reports whether the request failed for another reason than who asked.
func (r Reply) Error() bool { return r == Malformed || r == Broken || r == Unavailable }

// String returns the reply as tests show it.
func (r Reply) String() string {
	return nameOf(r, "none", "served", "moved", "asked", "forbidden", "malformed", "broken", "unavailable", "other")
}

// Ends says who announced, with an exchange, that the connection ends after it.
type Ends uint8

// Each of them may be set.
const (
	ClientEnds Ends = 1 << iota // the client (HTTP: Connection: close)
	ServerEnds                  // the server
	OldClient                   // the client's version of the protocol keeps no connection (HTTP/1.0)
	OldServer                   // the server's
)
