package auth

import (
	"net/netip"
	"time"

	"ntlmtrace/capture"
)

// TicketExchange is a Kerberos AS or TGS exchange: a client asked a KDC for a
// ticket, and got it or an error.
type TicketExchange struct {
	Source      int
	Client, KDC netip.AddrPort
	Request     capture.Stamp // not Seen if it was not captured
	Response    capture.Stamp
	ClientName  string // cname: "alice"
	ServiceName string // sname: "HTTP/web01.corp.example"
	Realm       string
	Error       uint32 // error-code of the KRB-ERROR; 0 for none

	// As in the reply, or as far as it is not encrypted in the request; zero if
	// unknown.
	Starts, Ends, RenewTill time.Time
}
