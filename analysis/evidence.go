package analysis

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
)

// evidence is what only the rules look at of a handshake. Tens of thousands are
// retained: what matters no longer after the verdict is in passing.
type evidence struct {
	leg *leg
	*passing

	copied          bool // a copy of a handshake that was captured elsewhere too
	gone            bool // its token is forgotten
	left            bool // it has left the window
	over            bool // the outcome is known, or the connection is at its end
	asked           bool // the rules have been asked
	gap             bool // messages before the AUTHENTICATE may be missing
	wrapped         bool // inside SPNEGO
	kerberosWanted  bool // the SPNEGO list of mechanisms has Kerberos
	closing         bool // the answer with the CHALLENGE announced the end of the connection
	hasMIC, micZero bool
	acceptedBefore  bool         // the same account was accepted on the same connection
	told            bool         // a finding about a second hop was made of it
	elsewhere       bool         // its CHALLENGE was answered on another connection
	hasEnd          bool         // the connection ended before the handshake did
	ended           capture.End  // if it did
	bound           ntlm.Binding // of the AUTHENTICATE to the CHALLENGE of this handshake
	persistent      int8         // Persistent-Auth of the answer: 1 true, -1 false, 0 absent
	challengeStatus uint16       // of the answer with the CHALLENGE
	avFlags         uint32
	flags           [3]ntlm.Flags // of NEGOTIATE, CHALLENGE, AUTHENTICATE
	challenge       [8]byte
	endedAt         int64

	negotiated, challenged, authenticated, resulted int64 // times; 0 if not captured

	chosen   *Handshake    // the logon before it on the connection, which wanted Kerberos and was led to NTLM
	after    *Handshake    // the handshake on the same connection before it, if that named another server
	issued   ntlm.Identity // what the CHALLENGE says of the server
	madeFor  string        // the name of the server whose CHALLENGE the AUTHENTICATE answers
	response ntlm.ResponseKey
	basic    *decode.BasicKey
	reply    uint64 // of what a proxy passes on unchanged of the answer; 0 if there is none
	cause    *row   // the finding that explains why it failed

	sameToken, sameChallenge, sameBasic, sameTime *Handshake // chains of the index: the next newer one
}

// passing is what matters of a handshake until its verdict.
type passing struct {
	challengeMessage *ntlm.Challenge // until it is answered
	answers          ntlm.Identity   // what the AUTHENTICATE says of the server whose CHALLENGE it answers
	clientTime       time.Time
	forwarded        string
	size             int64     // Content-Length of the request with the credentials; -1 if not stated
	negotiateSize    int64     // Content-Length of the request with the NEGOTIATE; -1 if not stated
	kerberosError    int       // of the KRB-ERROR in the answer; 0 if there is none
	emptyPost        bool      // the request with the NEGOTIATE is a POST or PUT without a body
	expects          bool      // that request waits with its body (Expect: 100-continue)
	relation         *relation // to an earlier handshake with the same response, while the rules are asked
}

// pass gives what matters of h until its verdict, to be written. An answer may
// come after the verdict: what it says then is of no use.
func (a *Analysis) pass(h *Handshake) *passing {
	if h.passing == nil {
		h.passing = a.passings.take()
		*h.passing = passing{}
	}
	return h.passing
}

// problem notes something odd, once.
func (h *Handshake) problem(text string) {
	for _, p := range h.Problems {
		if p == text {
			return
		}
	}
	h.Problems = append(h.Problems, text)
}

// client and server give the addresses of the machines.
func (h *Handshake) client() netip.Addr     { return h.Conn.Client.Addr() }
func (h *Handshake) server() netip.AddrPort { return h.Conn.Server }

// refused reports whether the credentials of h were presented and refused.
func (h *Handshake) refused() bool { return h.Outcome == Denied }

// hasToken reports whether h carries a response that can be compared with others.
func (h *Handshake) hasToken() bool { return h.response != ntlm.ResponseKey{} }

// until gives the end of the time that h takes part in: its answer, or
// its credentials if there was none.
func (h *Handshake) until() int64 {
	return max(h.resulted, h.authenticated, h.challenged, h.negotiated, h.Time)
}

var replySeed = maphash.MakeSeed()

// replyKey hashes what a proxy passes on unchanged of a response; 0 if not all
// of it was captured.
func replyKey(r *decode.Response) uint64 {
	if r.Cut {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(replySeed)
	h.WriteByte(byte(r.Status))
	h.WriteByte(byte(r.Status >> 8))
	for _, name := range [...]string{"Content-Length", "ETag", "Location"} {
		h.WriteString(r.Field(name))
		h.WriteByte(0)
	}
	return h.Sum64()
}

// persistent reads the Persistent-Auth field, MS-N2HT section 2.2.2.
func persistent(r *decode.Response) int8 {
	switch v := r.Field("Persistent-Auth"); {
	case strings.EqualFold(v, "true"):
		return 1
	case strings.EqualFold(v, "false"):
		return -1
	}
	return 0
}

// elapsed gives the time from a to b; never negative, for clocks go back.
func elapsed(a, b int64) time.Duration { return time.Duration(max(b-a, 0)) }

// clip copies s, cut to n bytes.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(s)
}

// text gives a lasting copy of s, one for all equal ones.
func (a *Analysis) text(s string) string {
	if s == "" {
		return ""
	}
	if had, ok := a.texts[s]; ok {
		return had
	}
	if len(a.texts) >= maxTexts {
		clear(a.texts)
	}
	s = strings.Clone(clip(s, 1024)) // those of an exchange are good for a moment only
	a.texts[s] = s
	return s
}

// maxTexts bounds the table of strings that many handshakes share.
const maxTexts = 1 << 16
