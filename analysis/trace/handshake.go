package trace

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// Handshake is a handshake while the rules may ask for it. Tens of thousands
// are retained: what few of them have is in Extra, and what matters only until
// the rules were asked is in Details. Fields with the name of a field of
// report.Handshake mean the same. Times are nanoseconds since 1970, frames are
// 0 for what was not captured.
type Handshake struct {
	ID   int64
	Conn *Conn
	*Details
	*Texts        // those of Details until the rules were asked, then shared
	extra  *Extra // nil for most

	Frames report.Frames
	Time   int64

	NegotiatedAt, ChallengedAt, AuthenticatedAt, ResultAt int64 // 0 if not captured

	Issuer          *Issuer // that the CHALLENGE names; nil if there is none
	IssuedAt        uint64  // MsvAvTimestamp of the CHALLENGE; 0 if it has none
	Response        ntlm.ResponseKey
	ServerChallenge [8]byte
	TokenBytes      [8]byte // fingerprint of the response, all zero if there is none
	ReplyKey        uint64  // of what a proxy passes on unchanged of the answer; 0 if there is none

	User, Workstation string
	KeptTarget        string // see Target

	Flags   [3]ntlm.Flags // of NEGOTIATE, CHALLENGE, AUTHENTICATE
	AVFlags uint32

	olderGot    uint32 // number of the handshake with the challenge that the client got before; see Window.chain
	olderIssued uint32 // number of the one with the challenge that the server issued before
	olderAsked  uint32 // number of the one that the client began before
	olderAtHop  uint32 // number of the one that was begun before at the same hop
	TargetKey   uint32 // hash of Target without the query, from when the rules are asked on

	Session auth.Session
	Code    uint32 // of the answer, as its protocol numbers it; 0 if there is none

	Outcome         report.Outcome
	Mechanism       Mechanism
	ResponseVersion ntlm.ResponseVersion
	Channel         ntlm.ChannelClaim
	Bound           ntlm.Binding // of the AUTHENTICATE to the CHALLENGE of this handshake
	Chained         uint8        // bit k: its chain of kind k has or had others
	Answer          auth.Outcome // what the answer says of the credentials
	Reply           auth.Reply   // what it makes of the request
	Closing         auth.Ends    // who announced the end of the connection with the CHALLENGE, or with the answer to the NEGOTIATE
	Trouble         report.Trouble
	Failed          bool // the request did not get what it asked for
	Confirmed       bool // the answer itself confirms that the logon holds
	SingleRequest   bool // the answer says that the logon holds for this request only

	Anonymous, LocalCall bool

	Phase           Phase
	Gap             bool // messages before the AUTHENTICATE may be missing
	KerberosWanted  bool // the SPNEGO list of mechanisms has Kerberos
	HasMIC, MICZero bool
	Waits           bool // for what follows it, see Questions.OnNext
	AcceptedBefore  bool // the same account was accepted on the same connection
	ForIssuer       bool // MadeFor is the name of the issuer
}

// Texts are the texts that many handshakes have in common: they share one.
type Texts struct {
	Carrier, Scheme, Host, Domain, SPN string

	ResultText    string // what the answer says, as its protocol names it; "" if there is none
	ChallengeText string // the same of the answer with the CHALLENGE
}

// Phase is how far a handshake has come.
type Phase uint8

const (
	open      Phase = iota // messages are awaited
	Over                   // the outcome is known, or the connection is at its end
	Judged                 // the rules have been asked
	Reported               // it was reported to the output
	Expired                // it has left the window
	Forgotten              // its token is forgotten
)

// Reach moves h on to phase p, if it is not further already.
func (h *Handshake) Reach(p Phase) { h.Phase = max(h.Phase, p) }

// Mechanism is what authenticates inside a scheme.
type Mechanism uint8

const (
	SchemeOnly Mechanism = iota // the scheme itself, or nothing more is known
	NTLM
	Kerberos
	Basic
)

// Extra is what few handshakes have.
type Extra struct {
	problems []string
	Password string
	Basic    token.BasicKey // of Basic credentials
	IsBasic  bool

	HasEnd  bool        // the connection ended before the handshake did
	Ended   capture.End // if it did
	EndedAt int64

	MadeFor string  // see Handshake.MadeFor
	named   ruleSet // rules with findings that the handshake is a subject of

	Chosen  *Handshake   // the logon before it on the connection, which wanted Kerberos and was led to NTLM
	After   *Handshake   // the handshake on the same connection before it, if that named another server
	Nested  bool         // a finding above info says that its request failed for what its server asked of others
	Passed  bool         // a later try of the same client went through
	Earlier []*Handshake // in trouble, which it is the next try after
	Cause   int          // number of the row that explains why it failed, from 1; 0 if none does

	chain [chainKinds]link
}

// noExtra is the Extra of most handshakes, to be read only.
var noExtra Extra

// Extra returns what is rare of h, to be read only; never nil.
func (h *Handshake) Extra() *Extra {
	if h.extra == nil {
		return &noExtra
	}
	return h.extra
}

// NeedExtra returns what is rare of h, to be written.
func (h *Handshake) NeedExtra() *Extra {
	if h.extra == nil {
		h.extra = new(Extra)
	}
	return h.extra
}

// Details is what matters of a handshake until the rules were asked.
type Details struct {
	Texts             Texts
	AnsweredIdentity  ntlm.Identity // the server whose CHALLENGE the AUTHENTICATE answers, as it names it
	ClientTime        int64         // of the response, nanoseconds since 1970; 0 if it has none
	ForwardedFor      string
	BodySize          int64     // Content-Length of the request with the credentials; -1 if not stated
	NegotiateBodySize int64     // Content-Length of the request with the NEGOTIATE; -1 if not stated
	Offered           string    // the schemes that the answer to a NEGOTIATE offers instead of a CHALLENGE, by commas
	KerberosError     int       // of the KRB-ERROR in the answer; 0 if there is none
	OEMNames          bool      // the names are single bytes, and the flags promise UTF-16
	Wrapped           bool      // the credentials are a SPNEGO token
	EmptyPost         bool      // the request with the NEGOTIATE is a POST or PUT without a body
	Expects           bool      // that request waits with its body (Expect: 100-continue)
	Target            []byte    // method and target of the last request with credentials
	Relation          *Relation // to an earlier handshake with the same response, while the rules are asked
}

// AddProblem adds a text about something odd, once.
func (h *Handshake) AddProblem(text string) {
	r := h.NeedExtra()
	if !slices.Contains(r.problems, text) {
		r.problems = append(r.problems, strings.Clone(text))
	}
}

// Client returns the address of the client.
func (h *Handshake) Client() netip.Addr { return h.Conn.Client.Addr() }

// Server returns the address and port of the server.
func (h *Handshake) Server() netip.AddrPort { return h.Conn.ServerAddr() }

// MechanismName returns the word that reports use.
func (h *Handshake) MechanismName() string {
	switch h.Mechanism {
	case NTLM:
		return "NTLM"
	case Kerberos:
		return "Kerberos"
	}
	return h.Scheme
}

// versionWord returns the word that reports use for the version of the
// response.
func (h *Handshake) versionWord() string {
	if h.ResponseVersion == ntlm.NoResponse {
		return ""
	}
	return h.ResponseVersion.String()
}

// Account returns the account of h, as report.Account does.
func (h *Handshake) Account() string {
	if users := h.Conn.Hop.users; len(users) > 0 && isAccount(users[0], h.Domain, h.User) {
		return users[0] // nearly always the one account of the hop
	}
	return report.Account(h.Domain, h.User)
}

// SameAccount reports whether both logons are of one account.
func (h *Handshake) SameAccount(o *Handshake) bool {
	return h.User == o.User && h.Domain == o.Domain || h.Account() == o.Account()
}

// Refused reports whether the credentials of h were presented and refused.
func (h *Handshake) Refused() bool { return h.Outcome == report.Denied }

// HasToken reports whether h carries a response that can be compared with
// others.
func (h *Handshake) HasToken() bool { return h.Response != ntlm.ResponseKey{} }

// tokenText returns the fingerprint of the response as reports show it; "" if
// there is none.
func (h *Handshake) tokenText() string {
	if h.TokenBytes == [8]byte{} {
		return ""
	}
	return hex.EncodeToString(h.TokenBytes[:])
}

// Step returns how long the steps of h took.
func (h *Handshake) Step() report.Steps {
	var s report.Steps
	f := &h.Frames
	if f.Negotiate != 0 && f.Challenge != 0 {
		s.Challenge = Elapsed(h.NegotiatedAt, h.ChallengedAt)
	}
	if f.Challenge != 0 && f.Authenticate != 0 {
		s.Authenticate = Elapsed(h.ChallengedAt, h.AuthenticatedAt)
	}
	if f.Authenticate != 0 && f.Result != 0 {
		s.Result = Elapsed(h.AuthenticatedAt, h.ResultAt)
	}
	return s
}

// Until returns the time of the last message of h.
func (h *Handshake) Until() int64 {
	return max(h.ResultAt, h.AuthenticatedAt, h.ChallengedAt, h.NegotiatedAt, h.Time)
}

// Export returns h as formats see it.
func (h *Handshake) Export() *report.Handshake {
	r := h.Extra()
	return &report.Handshake{
		ID: h.ID, Conn: h.Conn.export(), Carrier: h.Carrier, Scheme: h.Scheme, Mechanism: h.MechanismName(), Proxy: h.Session.Proxy,
		Outcome: h.Outcome, Trouble: h.Trouble, Status: int(h.Code), Frames: h.Frames,
		Host: h.Host, Target: h.Target(), User: h.User, Domain: h.Domain, Workstation: h.Workstation,
		Anonymous: h.Anonymous, LocalCall: h.LocalCall, Version: h.versionWord(), SPN: h.SPN,
		ServerName: h.ServerName(), ServerDNS: h.ServerDNS(), ServerDomain: h.ServerDomain(),
		Token: h.tokenText(), Password: r.Password, Time: h.Time, Step: h.Step(), Problems: r.problems,
	}
}

// MaxText bounds each text of a handshake.
const MaxText = 1024

// ServerName returns the NetBIOS name of the server that issued the CHALLENGE;
// "" if there is none.
func (h *Handshake) ServerName() string { return h.issuedBy().Name }

// ServerDNS returns the DNS name of that server; "" if there is none.
func (h *Handshake) ServerDNS() string { return h.issuedBy().dns }

// ServerDomain returns the NetBIOS name of the domain of that server, its own
// name if it is in none; "" if there is none.
func (h *Handshake) ServerDomain() string { return h.issuedBy().domain }

// HasServerName reports whether that server goes by a name that a client uses
// for it. Names that have the computer name as their first part count too.
func (h *Handshake) HasServerName(host string) bool {
	host = HostOf(host)
	first, _, _ := strings.Cut(host, ".")
	return host == "localhost" || strings.EqualFold(host, h.ServerDNS()) || SameComputer(first, h.ServerName())
}

// SameComputer reports whether two computer names are one: only the first 15
// letters of a NetBIOS name count. An empty name is none.
func SameComputer(a, b string) bool {
	const length = 15
	return a != "" && strings.EqualFold(a[:min(len(a), length)], b[:min(len(b), length)])
}

// lateRefusal is how long a server at least waits for a domain controller that
// does not answer: no password is checked for so long.
const lateRefusal = 20 * time.Second

// RefusedLate reports whether h was refused so late that its server waited in
// vain for somebody who knows the password.
func (h *Handshake) RefusedLate() bool {
	return h.Refused() && (h.Mechanism == NTLM && h.Frames.Challenge != 0 || h.Mechanism == Basic) && h.Step().Result-h.Conn.RTT() >= lateRefusal
}

// Target returns the method and target of the last request with credentials.
// After the rules were asked it is there only if the output wants handshakes.
func (h *Handshake) Target() string {
	if h.Details != nil && len(h.Details.Target) > 0 {
		return string(h.Details.Target)
	}
	return h.KeptTarget
}

// HashTarget sets TargetKey.
func (h *Handshake) HashTarget() {
	target, _, _ := bytes.Cut(h.Details.Target, []byte{'?'})
	h.TargetKey = uint32(maphash.Bytes(targetSeed, target))
}

var targetSeed = maphash.MakeSeed()

// MadeFor returns the name of the server whose CHALLENGE the AUTHENTICATE
// answers, as that says itself; "" if it does not.
func (h *Handshake) MadeFor() string {
	if h.ForIssuer {
		return h.issuedBy().Name
	}
	return h.Extra().MadeFor
}

// Answers reports whether the AUTHENTICATE of h is the answer to the CHALLENGE
// of x, by what it says of the server and the time, and by whose answer it was
// when it was sent before. Unknown: nothing speaks against it.
func (h *Handshake) Answers(x *Handshake) ntlm.Binding {
	switch {
	case h.Frames.Authenticate == 0 || h.Mechanism != NTLM:
		return ntlm.No
	case h.Details == nil:
		return ntlm.Unknown
	}
	if r := h.Relation; r != nil && r.X.Frames.Challenge != 0 && r.X.Bound != ntlm.No {
		if r.X.ServerChallenge != x.ServerChallenge {
			return ntlm.No
		}
		return ntlm.Yes
	}
	return h.AnsweredIdentity.Answers(x.Issued())
}

// Shared reports whether another handshake has or had the token, the challenge
// or the Basic credentials of h.
func (h *Handshake) Shared() bool { return h.Chained&^(1<<sameTime) != 0 }

// maxShared bounds the texts that are remembered to be shared.
const maxShared = 1 << 13

// Share returns texts equal to t that stay as they are. Handshakes of one
// server, and with one outcome, get the same.
func (ix *Index) Share(t *Texts) *Texts {
	if shared := ix.shared[*t]; shared != nil {
		return shared
	}
	if ix.shared == nil || len(ix.shared) >= maxShared {
		ix.shared = map[Texts]*Texts{}
	}
	shared := new(Texts)
	*shared = *t
	ix.shared[*t] = shared
	return shared
}
