package abuse

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// What makes refused logons from one place a series, within guessTime.
const (
	guessTime    = 5 * time.Minute
	guessOneUser = 20 // refused logons of one account, or
	guessLogons  = 10 // refused logons together
	guessUsers   = 5  // of at least so many accounts,
	guessShare   = 10 // which are at least one in so many logons from there
	guessNamed   = 5  // accounts that a finding names
)

// PasswordGuessing is the rule password-guessing: "Many refused logons from one
// client".
var PasswordGuessing = &trace.Rule{
	Rule: report.Rule{
		ID: "password-guessing", Title: "Many refused logons from one client", Severity: report.High,
		Evidence: "Within 5 minutes, from one address: at least 20 refused logons of one account that is not accepted; or at least 10 refused logons of at least 5 accounts, " +
			"none of which is accepted, if they are at least half of the logons of these accounts and a tenth of all logons from there. Counted apart for each client that a proxy names (X-Forwarded-For): that alone has medium confidence.",
		NotIf:      "The accounts are accepted soon after: people who mistype behind a shared proxy or NAT address. A service with an expired password (one user at a steady pace).",
		Why:        "So many refusals are no typing errors: somebody tries passwords, or a program keeps on with an old one.",
		Fix:        "Find the program on that client; watch for account lockouts.",
		Log:        "Security log: event 4625 again and again from one source; 4740 for a lockout",
		References: []string{"RFC 9110 15.5.2"},
	},
	Cause: true, Fold: func(f *trace.Finding) trace.FoldKey { return trace.FoldKey{Client: f.Client, Servers: f.Kind} },
	New: func(*trace.Index) trace.Questions {
		g := &guesses{places: recent.New[place, *series](1 << 12), refusals: map[*trace.Handshake]*refusal{}}
		return trace.Questions{OnHandshake: g.onHandshake, OnSettled: g.onSettled, OnLeave: g.onLeave}
	},
}

// guesses are the logons of all places.
type guesses struct {
	places   *recent.Map[place, *series]
	refusals map[*trace.Handshake]*refusal // those that wait or are in a series
}

// place is where logons come from: an address or, with a name, a client that a
// proxy at that address asks for.
type place struct {
	addr      netip.Addr
	forwarded string
}

// refusal is a refused logon.
type refusal struct {
	h          *trace.Handshake
	account    uint64 // see accountKey
	at         int64
	places     [2]place       // the second one has a name, if it is set
	withdrawal *trace.Finding // of the finding about it; nil if there is none
}

// placesOf returns where the logon h comes from. The message must still be
// there.
func placesOf(h *trace.Handshake) (out [2]place) {
	out[0] = place{addr: h.Client()}
	if v, ok := strings.CutPrefix(h.ForwardedFor, "X-Forwarded-For: "); ok {
		first, _, _ := strings.Cut(v, "\n")
		first, _, _ = strings.Cut(first, ",")
		if name := forwardedName(strings.TrimSpace(first)); name != "" {
			out[1] = place{h.Client(), name}
		}
	}
	return out
}

// forwardedName returns an entry of X-Forwarded-For without its port.
func forwardedName(s string) string {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().String()
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().String()
	}
	return trace.Clip(s, 64)
}

// accountKey stands for the user of h, without its domain: who is refused as
// alice and then accepted as CORP\alice has mistyped the name.
func accountKey(h *trace.Handshake) uint64 {
	user := h.User
	if i := strings.IndexByte(user, '\\'); i >= 0 {
		user = user[i+1:]
	}
	if i := strings.IndexByte(user, '@'); i >= 0 {
		user = user[:i]
	}
	key := uint64(14695981039346656037) // FNV-1a, lower case
	for i := range len(user) {
		c := user[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		key = (key ^ uint64(c)) * 1099511628211
	}
	return key
}

func (g *guesses) onHandshake(ix *trace.Index, h *trace.Handshake) (found []*trace.Finding) {
	if h.Frames.Authenticate == 0 {
		return nil
	}
	refused := h.Refused() && h.Relation == nil && h.User != "" && h.Extra().Cause == 0
	var r *refusal
	if refused {
		r = &refusal{h: h, account: accountKey(h), at: h.ResultAt}
		g.refusals[h] = r
	}
	for i, p := range placesOf(h) {
		s := g.places.Get(p)
		switch {
		case i > 0 && p.forwarded == "":
			continue
		case s != nil:
		case i > 0:
			s = &series{}
			g.places.Set(p, s)
		case refused:
			s = begin(ix, h)
			g.places.Set(p, s)
		default:
			continue // at most places nothing is ever refused
		}
		s.count(h.Until())
		switch {
		case r != nil:
			r.places[i] = p
			g.drop(s.add(r))
		case h.Outcome == report.Accepted && h.User != "":
			s.accept(accountKey(h), h.Until())
			found = append(found, s.exonerate(accountKey(h), h.Until())...)
		}
	}
	return found
}

// begin returns the series of the address of h, whose logon is the first there
// to be refused: what was accepted before is in the window.
func begin(ix *trace.Index, h *trace.Handshake) *series {
	var before []*trace.Handshake
	for x := range ix.OfClient(h.Conn.Client) {
		if x != h && x.Phase >= trace.Judged && x.Frames.Authenticate != 0 && trace.Elapsed(x.Until(), h.Until()) <= guessTime {
			before = append(before, x)
		}
	}
	s := &series{}
	for _, x := range slices.Backward(before) {
		s.count(x.Until())
		if x.Outcome == report.Accepted && x.User != "" {
			s.accept(accountKey(x), x.Until())
		}
	}
	return s
}

// drop forgets refusals that are too old to be in a series.
func (g *guesses) drop(old []*refusal) {
	for _, r := range old {
		delete(g.refusals, r.h)
	}
}

func (g *guesses) onLeave(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
	if r := g.refusals[h]; r != nil {
		delete(g.refusals, h)
		for _, p := range r.places {
			if s := g.places.Get(p); s != nil {
				s.list = slices.DeleteFunc(s.list, func(x *refusal) bool { return x == r })
			}
		}
	}
	return nil
}

// onSettled is asked a minute after a refusal: who mistyped has been accepted
// by then.
func (g *guesses) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	r := g.refusals[h]
	if r == nil {
		return nil
	}
	for i, p := range r.places {
		if i > 0 && p.forwarded == "" {
			break
		}
		s := g.places.Get(p)
		if s == nil {
			continue
		}
		if guessed := s.guessed(ix, r); guessed != nil {
			return s.report(ix, p, guessed)
		}
	}
	return nil
}
