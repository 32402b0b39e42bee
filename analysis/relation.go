package analysis

import (
	"net/netip"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/ntlm"
)

// relationKind says how a handshake Y is related to an earlier one X whose
// AUTHENTICATE carries the same response.
type relationKind uint8

const (
	again       relationKind = iota + 1 // on the same connection
	proxied                             // one logon carried over two connections, with one challenge
	split                               // on another connection than the one that brought its challenge
	stale                               // to the same server without a challenge of its own
	otherClient                         // to the same server, from another machine
	forwarded                           // to another server, by the server of X
	replayed                            // to another server, by the client of X
	unclear                             // a gap hides what decides
)

// relation is what is known of two handshakes with the same response.
type relation struct {
	kind   relationKind
	x      *handshakeState // the earlier one
	z      *handshakeState // split: the handshake whose connection brought the challenge; may be nil
	legit  []string        // proxied: what speaks for an honest proxy
	attack []string        // proxied: what speaks for a relay
	equal  bool            // proxied: both connections got the same answer
}

// relate decides what the reuse of a response in y means; nil if it was not
// seen before. An anonymous or empty response is never compared. The order of
// the tests is that of the decision: see ARCHITECTURE.md, "When a token is
// seen twice".
func (ix *Index) relate(y *handshakeState) *relation {
	var x *handshakeState
	others := ix.tokensLike(y)
	for other := others.next(); other != nil; other = others.next() {
		if !other.before(y) || other.leg.twin(y.leg) {
			continue
		}
		if other.leg == y.leg {
			return &relation{kind: again, x: other}
		}
		if x == nil {
			x = other
		}
	}
	if x == nil {
		return nil
	}
	r := &relation{x: x}
	r.z = ix.passedOn(x)
	switch {
	case r.z != nil && r.z.leg == y.leg:
		r.kind = proxied
	case r.z != nil:
		r.kind = split
	case y.Frames.Challenge != 0 && x.Frames.Challenge != 0 && y.challenge == x.challenge:
		r.kind = proxied
	case y.Frames.Challenge == 0 && y.gap:
		r.kind = unclear
	default:
		r.kind = ix.misdirected(x, y)
	}
	if r.kind == proxied {
		r.weigh(x, y)
	}
	return r
}

// twin reports whether two connections have the same first sequence numbers: they
// are one, seen twice, even where a lost packet hides that their messages agree.
func (l *leg) twin(m *leg) bool {
	return l != m && l.knownFirst && m.knownFirst && l.first == m.first
}

// before reports whether h was presented before y.
func (h *handshakeState) before(y *handshakeState) bool {
	return h.authenticated < y.authenticated || h.authenticated == y.authenticated && h.id < y.id
}

// passedOn gives the handshake on another connection that the challenge of x
// was first issued on, if the machine of x's server was its client: x is then
// one half of a logon through a proxy. Where no name or mark joins the two
// addresses, the order of the messages does.
func (ix *Index) passedOn(x *handshakeState) *handshakeState {
	if x.Frames.Challenge == 0 && x.passing != nil && x.answers.Time != 0 {
		// Its own challenge was not captured: the token tells which one it answers.
		for _, z := range ix.answered(x) {
			if z.client() != x.client() {
				return z
			}
		}
	}
	others := ix.challengesLike(x)
	for z := others.next(); z != nil; z = others.next() {
		if z.leg == x.leg || z.challenged > x.challenged {
			continue
		}
		if z.inside(x) || ix.machines.same(z.client(), x.server().Addr()) {
			return z
		}
	}
	return nil
}

// inside reports whether z, by another client, was asked for its challenge
// after x was, and before x got the same one.
func (z *handshakeState) inside(x *handshakeState) bool {
	return z.client() != x.client() && x.negotiated != 0 && x.negotiated <= z.negotiated && z.challenged <= x.challenged
}

// misdirected tells apart the ways in which a token comes where its challenge
// was not issued.
func (ix *Index) misdirected(x, y *handshakeState) relationKind {
	m := ix.machines
	if m.sameServer(x.server().Addr(), y.server().Addr()) {
		if m.sameClient(x.client(), y.client()) || m.same(y.client(), x.server().Addr()) {
			return stale
		}
		return otherClient
	}
	if m.same(y.client(), x.server().Addr()) {
		return forwarded
	}
	during := x.authenticated <= y.authenticated && (x.resulted == 0 || y.authenticated <= x.resulted)
	if !m.sameClient(x.client(), y.client()) && during {
		if x.Frames.Negotiate == 0 || x.Frames.Challenge == 0 || y.leg.hop.unheard {
			return unclear // a challenge that was not captured may have gone on to x: a split handshake
		}
		return forwarded
	}
	return replayed
}

// weigh collects what tells an honest proxy from a relay. What every honest
// proxy does as well is no mark: another Workstation than the client's name, a
// rewritten Host or path.
func (r *relation) weigh(x, y *handshakeState) {
	r.equal = x.reply != 0 && x.reply == y.reply
	legit := func(ok bool, text string) {
		if ok {
			r.legit = append(r.legit, text)
		}
	}
	attack := func(ok bool, text string) {
		if ok {
			r.attack = append(r.attack, text)
		}
	}
	wanted := hostOf(x.Host)
	if h := spnHost(y.SPN); h != "" {
		wanted = h
	}
	legit(r.equal, "both connections got the same answer")
	legit(x.client().IsValid() && strings.Contains(y.forwarded, x.client().String()), "the second request names the first client")
	legit(strings.Contains(y.forwarded, "Via: "), "the second request names a proxy (Via)")
	legit(wanted != "" && strings.EqualFold(wanted, hostOf(y.Host)), "the client asked for the same site")
	legit(x.flags == y.flags && x.hasMIC == y.hasMIC, "the messages are the same on both connections")

	attack(x.Carrier != y.Carrier, "another protocol on the second connection")
	attack(x.Frames.Negotiate != 0 && y.Frames.Negotiate != 0 && x.flags[0] != y.flags[0] || x.flags[2] != y.flags[2],
		"the flags were changed on the way")
	attack(y.avFlags&ntlm.AvFlagMIC != 0 && (!y.hasMIC || y.micZero), "the MIC was removed")
	attack(y.Outcome == report.Accepted && x.resulted != 0 && x.Status >= 400, "the first client got an error although the second connection was accepted")
	attack(x.reply != 0 && y.reply != 0 && !r.equal && wanted != "" && y.Host != "" && !strings.EqualFold(wanted, hostOf(y.Host)) && otherSite(wanted, y),
		"the client asked for another site than the second connection went to, and got another answer")
}

// otherSite reports whether a host name is surely none of the names of the server of y.
func otherSite(host string, y *handshakeState) bool {
	short, _, _ := strings.Cut(host, ".")
	return !strings.EqualFold(host, y.serverDNS()) && !strings.EqualFold(short, y.serverName())
}

// hostOf gives the host of a Host field, lower case, without the port.
func hostOf(s string) string {
	if s != "" && (s[0] == '[' || '0' <= s[0] && s[0] <= '9') {
		if ap, err := netip.ParseAddrPort(s); err == nil {
			return ap.Addr().String()
		}
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.Contains(s[i:], "]") {
		s = s[:i]
	}
	return strings.ToLower(strings.Trim(s, "[]"))
}

// spnHost gives the host of a service principal name such as HTTP/web01.corp.example.
func spnHost(spn string) string {
	_, host, ok := strings.Cut(spn, "/")
	if !ok {
		return ""
	}
	host, _, _ = strings.Cut(host, "/")
	return hostOf(host)
}

// splitFrom gives the handshake on another connection whose CHALLENGE the
// AUTHENTICATE of h answers, where h's own connection brought none, and how
// sure that is.
func (ix *Index) splitFrom(h *handshakeState) (*handshakeState, report.Confidence) {
	const window = 60e9 // nanoseconds: a client answers a challenge at once, or after a prompt
	var best *handshakeState
	sure := report.Unsure
	for _, x := range ix.answered(h) {
		if x.challenged > h.authenticated || h.authenticated-x.challenged > window {
			continue
		}
		if x.hasToken() && x.response != h.response && x.Frames.Authenticate != 0 {
			continue // that challenge was answered on its own connection
		}
		if x.Frames.Authenticate == 0 && x.leg.lost {
			continue // its answer may be among what was lost there
		}
		c := ix.splitConfidence(h, x)
		if c > sure || best == nil && c >= report.Likely {
			best, sure = x, c
		}
	}
	return best, sure
}

func (ix *Index) splitConfidence(h, x *handshakeState) report.Confidence {
	m := ix.machines
	client := m.sameClient(h.client(), x.client())
	farm := h.server() == x.server() || m.sameServer(h.server().Addr(), x.server().Addr()) || client && hostOf(h.Host) == hostOf(x.Host) && h.Host != ""
	bound := h.answers.Answers(x.issued()) == ntlm.Yes
	switch {
	case bound && client && farm:
		return report.Sure
	case bound && farm, client && farm && x.Frames.Authenticate == 0:
		return report.Likely
	}
	return report.Unsure
}
