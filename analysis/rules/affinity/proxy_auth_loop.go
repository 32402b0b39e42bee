package affinity

import (
	"fmt"
	"slices"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// A loop has so many rounds, each of them begun at most so long after the one
// before was refused: a person who types a password anew is slower.
const (
	loopRounds = 3
	loopTime   = 2 * time.Second
)

// ProxyAuthLoop is the rule proxy-auth-loop: "Proxy authentication loop".
var ProxyAuthLoop = &trace.Rule{
	Rule: report.Rule{
		ID: "proxy-auth-loop", Title: "Proxy authentication loop", Severity: report.Medium,
		Evidence:   "Three or more complete handshakes of one account with a proxy, each answered 407 and each begun within 2 seconds after the refusal before it, and none accepted in between or after them.",
		NotIf:      "Parallel connections of a browser count as one round. A person who types a password anew is slower: wrong-credentials.",
		Why:        "The proxy refuses the logon and asks again, and the client answers with the same account again.",
		Fix:        "Check the account at the proxy and its connection to the domain; check that nothing between client and proxy spreads one connection over several.",
		Log:        "Proxy log: TCP_DENIED/407 for one client again and again",
		References: []string{"RFC 9110 11.7", "RFC 9110 15.5.8", "MS-NTHT 2.2.4"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		l := loops{recent.New[loopKey, *loop](1 << 12)}
		return trace.Questions{OnHandshake: l.onHandshake, OnNext: l.onNext, OnSettled: l.onSettled, OnLeave: l.onLeave}
	},
}

// loopKey names an account at a proxy.
type loopKey struct {
	hop     *trace.Hop
	account string
}

// loop is a series of refusals at machine speed.
type loop struct {
	rounds   int
	ended    int64              // when the last refusal came
	refused  []*trace.Handshake // not reported yet, of the last rounds
	reported []*trace.Finding   // their withdrawals
}

// maxLoop bounds the refusals of one loop that are kept.
const maxLoop = 32

type loops struct {
	byAccount *recent.Map[loopKey, *loop]
}

// atProxy returns the series that h belongs to, and whether it is a complete
// handshake with a proxy.
func (l loops) atProxy(h *trace.Handshake) (key loopKey, ok bool) {
	if !h.Session.Proxy || h.Mechanism != trace.NTLM || h.Frames.Authenticate == 0 {
		return key, false
	}
	return loopKey{h.Conn.Hop, h.Account()}, true
}

func (l loops) onHandshake(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
	key, ok := l.atProxy(h)
	if !ok {
		return nil
	}
	s := l.byAccount.Get(key)
	if h.Outcome == report.Accepted {
		l.byAccount.Delete(key)
		if s == nil || trace.Elapsed(s.ended, h.Time) > time.Minute {
			return nil
		}
		return s.reported // it did not go on for ever
	}
	if !h.Refused() || h.Relation != nil || h.Frames.Challenge == 0 {
		return nil
	}
	if s == nil || trace.Elapsed(s.ended, h.Time) > loopTime {
		s = &loop{}
		l.byAccount.Set(key, s)
	}
	if h.Time >= s.ended {
		s.rounds++ // else it ran beside the one before
	}
	s.ended = max(s.ended, h.ResultAt)
	if len(s.refused) < maxLoop {
		s.refused = append(s.refused, h)
	}
	return nil
}

// onNext reports a loop as soon as the round after its third is refused.
func (l loops) onNext(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding {
	if !next.Refused() || next.Account() != h.Account() {
		return nil
	}
	return l.report(ix, h)
}

func (l loops) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	return l.report(ix, h)
}

// report reports all refusals of the loop that h is one of.
func (l loops) report(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	key, ok := l.atProxy(h)
	if !ok {
		return nil
	}
	s := l.byAccount.Get(key)
	if s == nil || s.rounds < loopRounds || !slices.Contains(s.refused, h) {
		return nil
	}
	var found []*trace.Finding
	first := s.refused[0]
	for _, x := range s.refused {
		f := ix.NewFinding(report.Sure, x.Client(), x.Account(), x)
		f.Explains = []*trace.Handshake{x}
		f.Summarize = summarizeLoop(x.Who(), x.Client().String(), ix.ServerText(x))
		f.Evidence = ix.ShowAll(first, ix.AnswersText(first))
		if x != first {
			f.Evidence = append(f.Evidence, ix.ShowAll(x, ix.AnswersText(x))...)
			f.Latest = true
		}
		if len(s.reported) < maxWithdrawals {
			s.reported = append(s.reported, ix.WithdrawalOf(f))
		}
		found = append(found, f)
	}
	s.refused = nil
	return found
}

func summarizeLoop(who, client, proxy string) func(int) string {
	return func(count int) string {
		return fmt.Sprintf("%s from %s: the proxy %s asks for the logon again and again, %d times refused", who, client, proxy, count)
	}
}

func (l loops) onLeave(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
	if key, ok := l.atProxy(h); ok {
		if s := l.byAccount.Get(key); s != nil {
			s.refused = slices.DeleteFunc(s.refused, func(x *trace.Handshake) bool { return x == h })
		}
	}
	return nil
}
