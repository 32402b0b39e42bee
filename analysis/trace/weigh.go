package trace

import (
	"fmt"

	"ntlmtrace/analysis/report"
)

// Passing is what is known of a logon that is on two connections.
type Passing uint8

const (
	AsProxy      Passing = iota + 1 // a proxy carries on what its client asks for
	ProxyOrRelay                    // the capture does not show which of the two
	MayBeRelay                      // what is seen speaks for a relay, and proves none
	AsRelay                         // a machine in the middle does with the logon what its client did not ask for
)

// weigh decides whether a machine that carries a logon on is a proxy or a
// relay. An attacker can copy every mark of a proxy, so that what a proxy never
// does comes first, then what a relay does not, and marks last.
//
//	another protocol, changed messages, a request nobody asked for   relay
//	every request has its counterpart                                proxy
//	one request on each side, of other paths:
//	    accepted, the client got another class of status, no marks   may be a relay
//	    else                                                         proxy or relay
func (r *Relation) weigh(ix *Index, x, y *Handshake) {
	b := ix.fronts.behind.Get(y.Conn.Key())
	if !b.isOf(x, y) {
		b = nil
	}
	r.Attack = changed(x, y)
	if b != nil && ix.Suspicious(b) {
		b.Heard()
		r.Unasked = b.Unasked
		r.Attack = append(r.Attack, "the second connection asks for "+b.Unasked.Text+", which nobody asked for on the first")
	}
	pair := proxyPair{x.Server(), y.Server()}
	r.marks(ix, b, x, y, pair)
	switch {
	case len(r.Attack) > 0:
		r.Passing = AsRelay
	case b != nil && b.logon && b.other == 0 && b.alike > 0 && !b.unsure:
		r.Passing = AsProxy
		r.Legit = append(r.Legit, "every request of the second connection was asked for on the first")
		ix.fronts.proven.Set(pair, true)
	case b != nil && b.logon && !b.gaps && y.Outcome == report.Accepted && x.ResultAt != 0 && x.Code/100 != y.Code/100 && !r.marked:
		r.Passing = MayBeRelay
		r.Attack = append(r.Attack,
			fmt.Sprintf("the first client asked for another path than the second connection, and got another answer (%s, not %s)", x.ResultText, y.ResultText))
	default:
		r.Passing = ProxyOrRelay
	}
	if b != nil {
		b.Relayed = r.IsRelay()
	}
}

// marks notes what proxies do, and attackers can.
func (r *Relation) marks(ix *Index, b *Behind, x, y *Handshake, pair proxyPair) {
	mark := func(ok bool, text string) {
		if ok {
			r.Legit, r.marked = append(r.Legit, text), true
		}
	}
	mark(b != nil && b.named, "the second request names the first client, or a proxy")
	mark(ix.fronts.proven.Get(pair), "the same two machines carried logons on before")
	mark(ix.Proxies[x.Server().Addr()] || ix.Proxies[y.Client()], "it is given as a proxy (--proxy)")
	if x.ReplyKey != 0 && x.ReplyKey == y.ReplyKey {
		r.Legit = append(r.Legit, "both connections got the same answer")
	}
}

// changed returns what differs between the two sides of a logon that no proxy
// changes.
func changed(x, y *Handshake) []string {
	var out []string
	add := func(ok bool, text string) {
		if ok {
			out = append(out, text)
		}
	}
	add(x.Carrier != y.Carrier, fmt.Sprintf("the first connection is %s, the second %s", x.Carrier, y.Carrier))
	answered := x.Frames.Authenticate != 0 && y.Frames.Authenticate != 0
	add(x.Frames.Negotiate != 0 && y.Frames.Negotiate != 0 && x.Flags[0] != y.Flags[0] ||
		x.Frames.Challenge != 0 && y.Frames.Challenge != 0 && x.Flags[1] != y.Flags[1] || answered && x.Flags[2] != y.Flags[2],
		"the flags were changed on the way")
	add(answered && (x.HasMIC && !x.MICZero) != (y.HasMIC && !y.MICZero), "the MIC was removed")
	return out
}

// BrokenOff returns the handshake that the challenge of h was issued on, and
// what was changed on the way, if the client of h did not answer that
// challenge; nil if nothing was.
func (ix *Index) BrokenOff(h *Handshake) (z *Handshake, attack []string) {
	if h.Frames.Challenge == 0 || h.Frames.Authenticate != 0 || h.Mechanism != NTLM || !h.Shared() {
		return nil, nil
	}
	if z = ix.passedOn(h); z == nil || z.Conn.twin(h.Conn) || z.Frames.Authenticate != 0 {
		return nil, nil
	}
	if attack = changed(h, z); len(attack) == 0 {
		return nil, nil
	}
	return z, attack
}

// IsRelay reports whether a logon that is on two connections was relayed.
func (r *Relation) IsRelay() bool { return r.Passing >= MayBeRelay }
