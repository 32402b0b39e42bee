package auth

// Session names one logon of a connection: those with the same Session follow
// each other on it, and a new one replaces the identity of the one before.
// Sessions are comparable.
type Session struct {
	ID      uint64  // HTTP: 0 for the server, 1 for the proxy, a hash for each site behind a forward proxy; else SMB SessionId, RPC context, LDAP bind
	Proxy   bool    // the credentials are for a proxy, not for the server behind it
	Binding Binding // how long they hold
}

// Binding says what an accepted logon authenticates.
type Binding uint8

// The bindings.
const (
	ByConnection Binding = iota // what follows on the connection, or in the session as far as it is all of it
	BySession                   // what follows in the session; other sessions have their own logon
	ByRequest                   // one request
)

// Kind says why an exchange matters.
type Kind uint8

// The kinds of exchanges.
const (
	Logon  Kind = iota // its request carries credentials, or its response a token
	Use                // a request without, of the identity of its session or of nobody
	Ticket             // a Kerberos ticket was asked for
)

// String returns the kind in lower case.
func (k Kind) String() string { return nameOf(k, "logon", "use", "ticket") }

// nameOf returns the name of value v; "unknown" for one that has none.
func nameOf[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}
