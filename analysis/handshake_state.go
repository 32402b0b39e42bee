package analysis

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
)

// handshakeState is a handshake while the rules may ask for it. Tens of
// thousands are retained: what few of them have is in rare, what matters only
// until the rules were asked is in passing. Fields with the name of a field of
// Handshake are that field.
type handshakeState struct {
	id  int64
	leg *leg
	*passing
	rare *rare // nil for most

	Frames report.Frames
	Time   int64

	negotiated, challenged, authenticated, resulted int64 // times; 0 if not captured

	issuer    *issuer // that the CHALLENGE names; nil if there is none
	issuedAt  uint64  // MsvAvTimestamp of the CHALLENGE; 0 if it has none
	response  ntlm.ResponseKey
	challenge [8]byte
	token     [8]byte // fingerprint of the response, all zero if there is none
	reply     uint64  // of what a proxy passes on unchanged of the answer; 0 if there is none

	Carrier, Scheme, Host, User, Domain, Workstation, SPN string
	lastTarget, madeForName                               string // see target, madeFor

	flags   [3]ntlm.Flags // of NEGOTIATE, CHALLENGE, AUTHENTICATE
	avFlags uint32

	olderGot    uint32 // number of the handshake with the challenge that the client got before; see window.recent
	olderIssued uint32 // number of the one with the challenge that the server issued before

	Status          uint16
	challengeStatus uint16 // of the answer with the CHALLENGE
	Outcome         report.Outcome
	mech            mechanism
	version         ntlm.ResponseVersion
	bound           ntlm.Binding // of the AUTHENTICATE to the CHALLENGE of this handshake
	chained         uint8        // bit k: its chain of kind k has or had others
	persistent      int8         // Persistent-Auth of the answer: 1 true, -1 false, 0 absent

	Proxy, Anonymous, LocalCall bool

	gone            bool // its token is forgotten
	left            bool // it has left the window
	over            bool // the outcome is known, or the connection is at its end
	asked           bool // the rules have been asked
	given           bool // Output.Verdict was given it
	gap             bool // messages before the AUTHENTICATE may be missing
	kerberosWanted  bool // the SPNEGO list of mechanisms has Kerberos
	closing         bool // the answer with the CHALLENGE announced the end of the connection
	hasMIC, micZero bool
	acceptedBefore  bool // the same account was accepted on the same connection
	told            bool // a finding about a second hop was made of it
	elsewhere       bool // its CHALLENGE was answered on another connection
	forIssuer       bool // madeFor is the name of the issuer
}

// mechanism is what authenticates inside a scheme.
type mechanism uint8

const (
	mechScheme mechanism = iota // the scheme itself, or nothing more is known
	mechNTLM
	mechKerberos
	mechBasic
)

// rare is what few handshakes have.
type rare struct {
	problems []string
	password string
	basic    decode.BasicKey // of Basic credentials
	isBasic  bool

	hasEnd  bool        // the connection ended before the handshake did
	ended   capture.End // if it did
	endedAt int64

	chosen *handshakeState // the logon before it on the connection, which wanted Kerberos and was led to NTLM
	after  *handshakeState // the handshake on the same connection before it, if that named another server
	cause  *row            // the finding that explains why it failed

	chain [chainKinds]link
}

// noRare is what most handshakes have of it, to be read only.
var noRare rare

// facts gives what is rare of h, to be read only.
func (h *handshakeState) facts() *rare {
	if h.rare == nil {
		return &noRare
	}
	return h.rare
}

// own gives what is rare of h, to be written.
func (h *handshakeState) own() *rare {
	if h.rare == nil {
		h.rare = new(rare)
	}
	return h.rare
}

// passing is what matters of a handshake until its verdict.
type passing struct {
	answers       ntlm.Identity // what the AUTHENTICATE says of the server whose CHALLENGE it answers
	clientTime    int64         // of the response, nanoseconds since 1970; 0 if it has none
	forwarded     string
	size          int64     // Content-Length of the request with the credentials; -1 if not stated
	negotiateSize int64     // Content-Length of the request with the NEGOTIATE; -1 if not stated
	kerberosError int       // of the KRB-ERROR in the answer; 0 if there is none
	emptyPost     bool      // the request with the NEGOTIATE is a POST or PUT without a body
	expects       bool      // that request waits with its body (Expect: 100-continue)
	target        []byte    // method and target of the last request with credentials
	relation      *relation // to an earlier handshake with the same response, while the rules are asked
}

// pass gives what matters of h until its verdict, to be written. An answer may
// come after the verdict: what it says then is of no use.
func (a *Analysis) pass(h *handshakeState) *passing {
	if h.passing == nil {
		p := a.passings.Take()
		*p = passing{target: p.target[:0]}
		h.passing = p
	}
	return h.passing
}

// problem notes something odd, once.
func (h *handshakeState) problem(text string) {
	r := h.own()
	if !slices.Contains(r.problems, text) {
		r.problems = append(r.problems, strings.Clone(text))
	}
}

// client and server give the addresses of the machines.
func (h *handshakeState) client() netip.Addr     { return h.leg.client.addr() }
func (h *handshakeState) server() netip.AddrPort { return h.leg.serverAddr() }

// mechanism gives the word that reports use.
func (h *handshakeState) mechanism() string {
	switch h.mech {
	case mechNTLM:
		return "NTLM"
	case mechKerberos:
		return "Kerberos"
	}
	return h.Scheme
}

// versionWord gives the word that reports use for the version of the response.
func (h *handshakeState) versionWord() string {
	if h.version == ntlm.NoResponse {
		return ""
	}
	return h.version.String()
}

// Account is as Handshake.Account.
func (h *handshakeState) Account() string {
	if users := h.leg.hop.users; len(users) > 0 && isAccount(users[0], h.Domain, h.User) {
		return users[0] // nearly always the one account of the hop
	}
	return report.Account(h.Domain, h.User)
}

// sameAccount reports whether both logons are of one account.
func (h *handshakeState) sameAccount(o *handshakeState) bool {
	return h.User == o.User && h.Domain == o.Domain || h.Account() == o.Account()
}

// refused reports whether the credentials of h were presented and refused.
func (h *handshakeState) refused() bool { return h.Outcome == report.Denied }

// hasToken reports whether h carries a response that can be compared with others.
func (h *handshakeState) hasToken() bool { return h.response != ntlm.ResponseKey{} }

// tokenText gives the fingerprint of the response as reports show it; "" if
// there is none.
func (h *handshakeState) tokenText() string {
	if h.token == [8]byte{} {
		return ""
	}
	return hex.EncodeToString(h.token[:])
}

// step gives the latencies.
func (h *handshakeState) step() report.Steps {
	var s report.Steps
	f := &h.Frames
	if f.Negotiate != 0 && f.Challenge != 0 {
		s.Challenge = elapsed(h.negotiated, h.challenged)
	}
	if f.Challenge != 0 && f.Authenticate != 0 {
		s.Authenticate = elapsed(h.challenged, h.authenticated)
	}
	if f.Authenticate != 0 && f.Result != 0 {
		s.Result = elapsed(h.authenticated, h.resulted)
	}
	return s
}

// until gives the end of the time that h takes part in: its answer, or
// its credentials if there was none.
func (h *handshakeState) until() int64 {
	return max(h.resulted, h.authenticated, h.challenged, h.negotiated, h.Time)
}

// export gives h as others see it.
func (h *handshakeState) export() *report.Handshake {
	r := h.facts()
	return &report.Handshake{
		ID: h.id, Conn: h.leg.export(), Carrier: h.Carrier, Scheme: h.Scheme, Mechanism: h.mechanism(), Proxy: h.Proxy,
		Outcome: h.Outcome, Status: int(h.Status), Frames: h.Frames,
		Host: h.Host, Target: h.target(), User: h.User, Domain: h.Domain, Workstation: h.Workstation,
		Anonymous: h.Anonymous, LocalCall: h.LocalCall, Version: h.versionWord(), SPN: h.SPN,
		ServerName: h.serverName(), ServerDNS: h.serverDNS(), ServerDomain: h.serverDomain(),
		Token: h.tokenText(), Password: r.password, Time: h.Time, Step: h.step(), Problems: r.problems,
	}
}
