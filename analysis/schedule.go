package analysis

import (
	"cmp"
	"time"

	"ntlmtrace/analysis/trace"
)

// settleTime is how long, in capture time, the rules wait for the exchanges
// that were open beside a handshake. A front end answers its client after it
// got its own answer, and only both show what happened.
const settleTime = 500 * time.Millisecond

// pendingCheck is a handshake, a request with what its server did meanwhile, or
// a connection that asked for what nobody wanted, about which the rules are to
// be asked.
type pendingCheck struct {
	h      *trace.Handshake
	front  *trace.FrontRequest
	behind *trace.Behind
	at     int64
}

// schedule puts off a check until what is under way beside it has ended.
func (a *Analysis) schedule(check pendingCheck) {
	check.at = a.now + int64(settleTime)
	a.queue.Add(check)
}

// Advance moves capture time on to t, nanoseconds since 1970. Calls with an
// earlier time than before change nothing.
func (a *Analysis) Advance(t int64) {
	if t <= a.now {
		return
	}
	a.now = t
	for a.queue.Len() > 0 && a.queue.First().at <= t {
		a.settleUntil(a.queue.First().at)
		a.runNext()
	}
	a.settleUntil(t)
	a.expire()
}

// runNext runs the oldest check.
func (a *Analysis) runNext() {
	check := a.queue.Take()
	a.runRules(check)
	a.reportJudged(check.h)
}

// runRules asks the rules about a handshake or a request that is over.
func (a *Analysis) runRules(check pendingCheck) {
	if h := check.h; h != nil && h.Phase < trace.Judged {
		h.Reach(trace.Judged)
		p := a.details(h)
		h.HashTarget()
		p.Relation = a.ix.Relate(h)
		a.ix.NoteLogon(h)
		for _, q := range a.onHandshake {
			if found := q.ask(&a.ix, h); found != nil {
				a.addFindings(q.rank, found)
			}
		}
		if a.out.Handshake != nil || a.out.Judged != nil || mayWait(h) {
			h.KeptTarget = string(p.Target[:min(len(p.Target), trace.MaxText)])
		}
		a.await(h, cmp.Or(check.at, a.now))
		h.Details, h.Texts = nil, a.ix.Share(&p.Texts)
		a.spareDetails.Put(p)
	}
	if check.front != nil {
		for _, q := range a.onNested {
			a.addFindings(q.rank, q.ask(&a.ix, check.front))
		}
	}
	if b := check.behind; b != nil && a.ix.Suspicious(b) {
		b.Heard()
		for _, q := range a.onUnasked {
			a.addFindings(q.rank, q.ask(&a.ix, b))
		}
	}
}
