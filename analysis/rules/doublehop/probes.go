package doublehop

import (
	"hash/maphash"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// probes remembers what a machine asks of another while it serves nobody: who
// finds the same request inside a user's request has found a probe or a job
// that runs at its own pace.
type probes struct {
	asked    []bucket                              // of all requests; nil until there is one
	reported *recent.Map[uint64, []*trace.Finding] // withdrawals of what was found, by request
}

// bucket holds requests, the latest first.
type bucket [8]uint64

// probeBuckets is how many buckets there are: half a megabyte for all machines,
// because nearly every client is refused once and serves nobody.
const probeBuckets = 1 << 13

// maxReported bounds the findings about one inner request that can be
// withdrawn.
const maxReported = 32

func newProbes() *probes {
	return &probes{reported: recent.New[uint64, []*trace.Finding](1 << 10)}
}

var requestSeed = maphash.MakeSeed()

// requestOf hashes what makes two inner requests the same: machines, method,
// path and agent.
func requestOf(x *trace.Exchange) uint64 {
	var h maphash.Hash
	h.SetSeed(requestSeed)
	maphash.WriteComparable(&h, x.Conn.Client.Addr())
	maphash.WriteComparable(&h, x.Conn.ServerAddr())
	for _, s := range [...]string{x.Auth.Target.Verb, pathOf(x), x.Auth.Mark(auth.Agent)} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	return h.Sum64()
}

func pathOf(x *trace.Exchange) string {
	path, _, _ := strings.Cut(x.Auth.Target.Name, "?")
	return path
}

// bucketOf returns the bucket of the request of x. It does not depend on the
// seed of a hash: which requests are forgotten must not.
func (p *probes) bucketOf(x *trace.Exchange) *bucket {
	n := uint64(x.Conn.Client.ID)<<32 | uint64(x.Conn.Server.ID)
	for _, c := range []byte(pathOf(x)) {
		n = (n ^ uint64(c)) * 1099511628211 // FNV-1a
	}
	return &p.asked[(n*0x9E3779B97F4A7C15>>32)%probeBuckets]
}

// onExchange remembers x if its client serves nobody and this was the last word
// that it got. What was found about the same request is withdrawn.
func (p *probes) onExchange(_ *trace.Index, x *trace.Exchange) []*trace.Finding {
	if x.Inside || !x.Forbidden() || x.Challenged() || !x.Auth.Request.Captured() {
		return nil
	}
	if p.asked == nil {
		p.asked = make([]bucket, probeBuckets)
	}
	request, b := requestOf(x), p.bucketOf(x)
	if !slices.Contains(b[:], request) {
		copy(b[1:], b[:])
		b[0] = request
	}
	if p.reported.Len() == 0 {
		return nil
	}
	found := p.reported.Get(request)
	p.reported.Delete(request)
	return found
}

// has reports whether the machine of x asks the same when it serves nobody.
func (p *probes) has(x *trace.Exchange) bool {
	return p.asked != nil && slices.Contains(p.bucketOf(x)[:], requestOf(x))
}

// note makes f, which is about the inner request x, one that is withdrawn if x
// turns out to be a probe.
func (p *probes) note(ix *trace.Index, f *trace.Finding, x *trace.Exchange) {
	request := requestOf(x)
	if list := p.reported.Get(request); len(list) < maxReported {
		p.reported.Set(request, append(list, ix.WithdrawalOf(f)))
	}
}
