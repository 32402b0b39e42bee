package report

import (
	"net/netip"
	"strings"
	"time"
)

// Outcome is how a handshake ended.
type Outcome uint8

// The outcomes. The zero value is Unknown: nothing is accepted that no answer
// accepted.
const (
	Unknown    Outcome = iota // the capture cannot tell; Handshake.Problems says why
	Incomplete                // the handshake stopped before credentials were presented
	Accepted
	Denied
)

// String returns the word that reports and JSON use.
func (o Outcome) String() string {
	return [...]string{"unknown", "incomplete", "accepted", "denied"}[o]
}

// Frames are the frame numbers of the messages of a handshake; 0 for a message
// that was not captured.
type Frames struct {
	Request      int64 // where the first request of the handshake begins
	Negotiate    int64
	Challenge    int64
	Authenticate int64 // the message that carries the credentials, whatever the mechanism
	Result       int64
}

// Conn names a connection.
type Conn struct {
	Source int   // index of the source that it was captured in
	ID     int64 // its number in that source, from 1, by first payload
	Client netip.AddrPort
	Server netip.AddrPort
}

// Handshake is one authentication of a client to a server or proxy: NEGOTIATE,
// CHALLENGE, AUTHENTICATE and the answer on one connection, or one presentation
// of Basic, Kerberos, Digest or Bearer credentials and the answer.
type Handshake struct {
	ID        int64 // from 1, in output order
	Conn      Conn
	Carrier   string // "http"
	Scheme    string // as on the wire, canonical case
	Mechanism string // NTLM, Kerberos, Basic, or the scheme
	Proxy     bool   // authentication to a proxy
	Outcome   Outcome
	Trouble   Trouble // accepted is not all: what was asked for may have failed
	Status    int     // of the answer; 0 if there is none
	Frames    Frames

	Host   string // Host field, or the authority of CONNECT
	Target string // "GET /reports"

	User, Domain string // as on the wire
	Workstation  string
	Anonymous    bool
	LocalCall    bool
	Version      string // of the NTLM response: NTLMv2, NTLMv1, NTLMv1-ESS, LM
	SPN          string // MsvAvTargetName, or the service of the Kerberos ticket
	ServerName   string // MsvAvNbComputerName of the CHALLENGE
	ServerDNS    string // MsvAvDnsComputerName
	ServerDomain string // MsvAvNbDomainName
	Token        string // fingerprint of the response
	Password     string // of Basic credentials, only if secrets are to be shown

	Time     int64    // of the first message captured, nanoseconds since 1970
	Step     Steps    // how long each step took
	Problems []string // why the outcome is unknown, what was odd
}

// Steps are the latencies of a handshake; 0 if one of the two messages was not
// captured.
type Steps struct {
	Challenge    time.Duration // NEGOTIATE to CHALLENGE
	Authenticate time.Duration // CHALLENGE to AUTHENTICATE
	Result       time.Duration // AUTHENTICATE to the answer
}

// Account returns DOMAIN\user, or the user alone if there is no domain.
func (h *Handshake) Account() string { return Account(h.Domain, h.User) }

// Account returns DOMAIN\user, or the user alone if there is no domain or the
// user names one.
func Account(domain, user string) string {
	if domain == "" || user == "" || strings.Contains(user, "\\") {
		return user
	}
	return domain + "\\" + user
}
