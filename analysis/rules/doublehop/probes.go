package doublehop

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// maxProbes is how many inner requests are remembered of one client machine at
// one server.
const maxProbes = 64

// probes remembers what a machine asks of another while it serves nobody: who
// finds the same request inside a user's request has found a probe or a job
// that runs at its own pace.
type probes struct {
	asked    *recent.Map[probeKey, []uint64] // the latest maxProbes
	next     *recent.Map[probeKey, int]
	reported *recent.Map[uint64, []*trace.Finding] // withdrawals of what was found, by request
}

// probeKey is a pair of machines.
type probeKey struct {
	client netip.Addr
	server netip.AddrPort
}

// maxReported bounds the findings about one inner request that can be
// withdrawn.
const maxReported = 32

func newProbes() *probes {
	return &probes{
		recent.New[probeKey, []uint64](1 << 10), recent.New[probeKey, int](1 << 10),
		recent.New[uint64, []*trace.Finding](1 << 10),
	}
}

var requestSeed = maphash.MakeSeed()

// requestOf hashes what makes two inner requests the same: machines, method,
// path and agent.
func requestOf(x *trace.Exchange) uint64 {
	var h maphash.Hash
	h.SetSeed(requestSeed)
	path, _, _ := strings.Cut(x.Auth.Target.Name, "?")
	client, server := x.Conn.Client.Addr().String(), x.Conn.ServerAddr().String()
	for _, s := range [...]string{client, server, x.Auth.Target.Verb, path, x.Auth.Mark(auth.Agent)} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// onExchange remembers x if its client serves nobody. What was found about the
// same request is withdrawn.
func (p *probes) onExchange(_ *trace.Index, x *trace.Exchange) []*trace.Finding {
	if x.Inside || !x.Forbidden() || !x.Auth.Request.Captured() {
		return nil
	}
	key, request := probeKey{x.Conn.Client.Addr(), x.Conn.ServerAddr()}, requestOf(x)
	if list := p.asked.Get(key); !slices.Contains(list, request) {
		if n := p.next.Get(key); len(list) < maxProbes {
			p.asked.Set(key, append(list, request))
		} else {
			list[n%maxProbes] = request
			p.next.Set(key, n+1)
		}
	}
	found := p.reported.Get(request)
	p.reported.Delete(request)
	return found
}

// has reports whether the machine of x asks the same when it serves nobody.
func (p *probes) has(x *trace.Exchange) bool {
	list := p.asked.Get(probeKey{x.Conn.Client.Addr(), x.Conn.ServerAddr()})
	return slices.Contains(list, requestOf(x))
}

// note makes f, which is about the inner request x, one that is withdrawn if x
// turns out to be a probe.
func (p *probes) note(ix *trace.Index, f *trace.Finding, x *trace.Exchange) {
	request := requestOf(x)
	if list := p.reported.Get(request); len(list) < maxReported {
		p.reported.Set(request, append(list, ix.WithdrawalOf(f)))
	}
}
