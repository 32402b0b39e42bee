package analysis

import (
	"slices"
	"time"

	"ntlmtrace/analysis/internal/ring"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// waitTime is how long a handshake that came to nothing waits, in capture
// time, for what follows it: rules that say "again and again" or "never" are
// not asked before.
const waitTime = time.Minute

// maxAwaiting bounds the handshakes of one hop that wait for the same next try.
const maxAwaiting = 16

// waiting holds the handshakes that rules are to be asked about once more.
type waiting struct {
	queue ring.Queue[pendingCheck]          // in order of time
	next  map[*trace.Hop][]*trace.Handshake // those that no later try has followed yet
}

// await makes h, which the rules have just been asked about, wait if it came
// to nothing; and lets those that waited for it as their next try know it.
// at is the capture time of the check of h.
func (a *Analysis) await(h *trace.Handshake, at int64) {
	hop := h.Conn.Hop
	if list := a.waiting.next[hop]; len(list) > 0 {
		a.follow(hop, list, h)
	}
	if !mayWait(h) || h.Phase >= trace.Expired {
		return
	}
	if a.ix.TimesAt(h.Place()).Served > h.ResultAt && h.Trouble != report.Refused {
		a.passed(h, h) // that was known before
	}
	h.Waits = true
	a.waiting.queue.Add(pendingCheck{h: h, at: at + int64(waitTime)})
	if list := a.waiting.next[hop]; len(list) < maxAwaiting {
		a.waiting.next[hop] = append(list, h)
	}
}

// mayWait reports whether what follows h can change what is said of it.
func mayWait(h *trace.Handshake) bool { return h.Outcome != report.Accepted || h.Failed }

// follow asks the rules about the handshakes of a hop that ended before next
// was begun.
func (a *Analysis) follow(hop *trace.Hop, list []*trace.Handshake, next *trace.Handshake) {
	var followed []*trace.Handshake
	kept := list[:0]
	for _, h := range list {
		switch {
		case !h.Waits: // its time has run out
		case h.Place() == next.Place() && h.Until() <= next.Time:
			followed = append(followed, h)
		default:
			kept = append(kept, h)
		}
	}
	clear(list[len(kept):])
	if len(kept) == 0 {
		delete(a.waiting.next, hop)
	} else {
		a.waiting.next[hop] = kept
	}
	for _, h := range followed {
		a.follows(h, next)
		for _, q := range a.onNext {
			a.addFindings(q.rank, q.ask(&a.ix, h, next))
		}
	}
}

// settleUntil ends the waiting of all whose time runs out until t.
func (a *Analysis) settleUntil(t int64) {
	for q := &a.waiting.queue; q.Len() > 0 && q.First().at <= t; {
		a.stopWaiting(q.Take().h)
	}
}

// stopWaiting asks the rules about h, whose time to wait has run out.
func (a *Analysis) stopWaiting(h *trace.Handshake) {
	if !h.Waits {
		return // it has left the window
	}
	h.Waits = false
	for _, q := range a.onSettled {
		if found := q.ask(&a.ix, h); found != nil {
			a.addFindings(q.rank, found)
		}
	}
	hop := h.Conn.Hop
	list := a.waiting.next[hop]
	if i := slices.Index(list, h); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(a.waiting.next, hop)
	} else {
		a.waiting.next[hop] = list
	}
}
