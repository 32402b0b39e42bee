package trace

import (
	"hash/maphash"
	"net/netip"
	"strings"

	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/analysis/report"
)

// Rule is one thing that the program looks for: what it says and the function
// that finds it. Every rule is a value in a file of its own, named in
// rules.All.
type Rule struct {
	report.Rule

	// Cause marks a rule that explains why a handshake failed. Of the causes
	// that fire on one handshake, only the first in rules.All is printed, and
	// it names the others.
	Cause bool
	// Fold returns what makes two findings of this rule one row with a count.
	Fold func(*Finding) FoldKey
	// Grow, if set, adapts a finding after its count has gone up.
	Grow func(*Finding)

	Questions
	// New, if set, returns the questions of a rule that remembers something:
	// the memory of one analysis is what they share.
	New func(*Index) Questions
}

// Questions are the functions of a rule, by the moment at which they are asked.
// A rule has one or more of them.
type Questions struct {
	OnHandshake func(*Index, *Handshake) []*Finding    // a handshake is over, and what was open beside it as well
	OnNested    func(*Index, *FrontRequest) []*Finding // a request is over during which its server was a client
	OnUnasked   func(*Index, *Behind) []*Finding       // a request was made that no client asked for
	OnExchange  func(*Index, *Exchange) []*Finding     // an exchange of interest is over
	OnLeave     func(*Index, *Handshake) []*Finding    // a handshake is so old that nothing more will come of it
	OnEnd       func(*Index) []*Finding                // everything was read; in between too, see Analysis.Review

	// OnNext and OnSettled are for rules that say "again and again" or "never".
	// They are asked about a handshake that was not accepted, or whose request
	// failed: OnNext when the next try of the same client at the same server,
	// begun after its end, is over; OnSettled when a minute of capture time has
	// gone by, or the capture is at its end. What OnHandshake found was reported
	// before. What turns out otherwise later is withdrawn: see WithdrawalOf.
	OnNext    func(ix *Index, h, next *Handshake) []*Finding
	OnSettled func(*Index, *Handshake) []*Finding
}

// ruleSet is a set of rules by their rank.
type ruleSet [2]uint64

// add adds the rule of a rank.
func (s *ruleSet) add(rank int) { s[rank/64] |= 1 << (rank % 64) }

// has reports whether the rule of a rank is in s.
func (s *ruleSet) has(rank int) bool { return s[rank/64]>>(rank%64)&1 != 0 }

// FoldKey names the row of its rule that a finding belongs to.
type FoldKey struct {
	Client  netip.Addr
	Server  netip.AddrPort // if it is one
	Servers string         // if they are several, or what else tells rows apart
	User    string
}

var foldSeed = maphash.MakeSeed()

// Name returns a number for k and the rank of its rule. Only somebody who knows
// the secret can find two keys with one number.
func (k *FoldKey) Name(rank int) uint64 {
	n := table.Mix(uint64(rank), table.AddrKey(k.Client))
	n = table.Mix(n, table.AddrKey(k.Server.Addr())^uint64(k.Server.Port()))
	n = table.Mix(n, maphash.String(foldSeed, k.Servers))
	return table.Mix(n, maphash.String(foldSeed, k.User))
}

// ByClientServersUser folds what one client did with one account at the same
// servers: the usual case.
func ByClientServersUser(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, Server: OneServer(f.Servers), Servers: ServersText(f.Servers), User: strings.ToLower(f.User)}
}

// ByServer folds what is a fact about a server, whatever its clients.
func ByServer(f *Finding) FoldKey {
	return FoldKey{Server: OneServer(f.Servers), Servers: ServersText(f.Servers)}
}

// ByClientUser folds what is a fact about a client and its account, wherever it
// goes.
func ByClientUser(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, User: strings.ToLower(f.User)}
}

// ByClientServers folds what happens between two machines, whatever the
// account.
func ByClientServers(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, Server: OneServer(f.Servers), Servers: ServersText(f.Servers)}
}

// BySource folds what is a fact about a capture.
func BySource(f *Finding) FoldKey {
	return FoldKey{Servers: f.Source}
}

// OneServer returns the only server of a finding, the zero value if there are
// several or none: see FoldKey.Server.
func OneServer(servers []netip.AddrPort) netip.AddrPort {
	if len(servers) != 1 {
		return netip.AddrPort{}
	}
	return servers[0]
}

// ServersText returns the servers of a finding as text, "" if there are fewer
// than two: see FoldKey.Servers.
func ServersText(servers []netip.AddrPort) string {
	if len(servers) < 2 {
		return ""
	}
	var b strings.Builder
	for _, s := range servers {
		b.WriteString(s.String())
		b.WriteByte(' ')
	}
	return b.String()
}
