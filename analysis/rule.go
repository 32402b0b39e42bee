package analysis

import (
	"hash/maphash"
	"net/netip"
	"ntlmtrace/analysis/report"
	"strings"
)

// Rule is one thing that the program looks for: what it says and the function
// that finds it. Every rule is a value in a file of its own, named in Rules.
type Rule struct {
	report.Rule

	// Cause is true for a rule that explains why a handshake failed. Of the
	// causes that fire on one handshake, only the first in Rules is printed,
	// and it names the others.
	Cause bool
	// Fold gives what makes two findings of this rule one row with a count.
	Fold func(*Finding) FoldKey
	// Grow, if set, adapts a finding after its count has gone up.
	Grow func(*Finding)

	// The moments at which a rule is asked. A rule has one or more of them.
	OnHandshake func(*Index, *handshakeState) []*Finding // a handshake is over, and what was open beside it as well
	OnNested    func(*Index, *Outer) []*Finding          // a request is over during which its server was a client
	OnExchange  func(*Index, *Visit) []*Finding          // an exchange of interest is over
	OnLeave     func(*Index, *handshakeState) []*Finding // a handshake is so old that nothing more will come of it
	OnEnd       func(*Index) []*Finding                  // everything was read; in between too, see Analysis.Review
}

// question is the function of a rule for one moment: what is asked thousands of times a second
// stands together, away from the texts of the rules.
type question[T any] struct {
	rank int // the place of the rule in Rules
	ask  func(*Index, T) []*Finding
}

// also adds the question of the rule at rank, if it has one.
func also[T any](list []question[T], rank int, ask func(*Index, T) []*Finding) []question[T] {
	if ask == nil {
		return list
	}
	return append(list, question[T]{rank, ask})
}

// standing reports whether the findings of r are about all that was read: they
// stand until it does not show them any more, and happen once.
func (r *Rule) standing() bool { return r.OnEnd != nil && r.OnLeave == nil }

// FoldKey names the row of its rule that a finding belongs to.
type FoldKey struct {
	Client  netip.Addr
	Server  netip.AddrPort // if it is one
	Servers string         // if they are several, or what else tells rows apart
	User    string
}

var foldSeed = maphash.MakeSeed()

// name makes one number of k and the place of its rule in Rules: two keys with one name would
// take somebody who knows the secret.
func (k *FoldKey) name(rank int) uint64 {
	n := mix(uint64(rank), addrKey(k.Client))
	n = mix(n, addrKey(k.Server.Addr())^uint64(k.Server.Port()))
	n = mix(n, maphash.String(foldSeed, k.Servers))
	return mix(n, maphash.String(foldSeed, k.User))
}

// byClientServersUser folds what one client did with one account at the same
// servers: the usual case.
func byClientServersUser(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, Server: oneServer(f.Servers), Servers: serversText(f.Servers), User: strings.ToLower(f.User)}
}

// byServer folds what is a fact about a server, whoever talks to it.
func byServer(f *Finding) FoldKey {
	return FoldKey{Server: oneServer(f.Servers), Servers: serversText(f.Servers)}
}

// byClientUser folds what is a fact about a client and its account, wherever it goes.
func byClientUser(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, User: strings.ToLower(f.User)}
}

// byClientServers folds what happens between two machines, whatever the account.
func byClientServers(f *Finding) FoldKey {
	return FoldKey{Client: f.Client, Server: oneServer(f.Servers), Servers: serversText(f.Servers)}
}

// bySource folds what is a fact about a capture.
func bySource(f *Finding) FoldKey {
	return FoldKey{Servers: f.source}
}

func oneServer(servers []netip.AddrPort) netip.AddrPort {
	if len(servers) != 1 {
		return netip.AddrPort{}
	}
	return servers[0]
}

func serversText(servers []netip.AddrPort) string {
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
