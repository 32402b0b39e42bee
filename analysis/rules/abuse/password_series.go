package abuse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// Bounds of what is kept of one place.
const (
	maxRefusals = 256 // refused logons
	maxAccepted = 256 // accepted ones
	maxGuessed  = 4096
)

// countTime is how long the logons are counted together that one of the last
// numbers of a series holds.
const countTime = int64(30 * time.Second)

// series are the logons from one place within guessTime.
type series struct {
	list     []*refusal // oldest first
	accepted []accepted // the latest, a ring
	next     int        // of accepted: the place to be used next
	totals   [12]total  // of all logons, a ring by time

	names    []string        // of the accounts that were guessed at, guessNamed at most
	accounts map[uint64]bool // all of them
	began    int64           // the first refusal that was reported
	ended    int64           // the last one
}

// accepted is a logon that was accepted.
type accepted struct {
	account uint64
	at      int64
}

// total is how many logons there were in one part of countTime.
type total struct {
	part  int64
	count int
}

// count counts a logon.
func (s *series) count(at int64) {
	part := at / countTime
	t := &s.totals[uint64(part)%uint64(len(s.totals))]
	if t.part != part {
		*t = total{part: part}
	}
	t.count++
}

// logons returns how many logons there were in guessTime before at, and since.
func (s *series) logons(at int64) (n int) {
	for _, t := range s.totals {
		if t.part >= (at-int64(guessTime))/countTime {
			n += t.count
		}
	}
	return n
}

// accept remembers an accepted logon.
func (s *series) accept(account uint64, at int64) {
	a := accepted{account, at}
	if n := len(s.accepted); n > 0 {
		// Most places have one account.
		if last := &s.accepted[(s.next+n-1)%n]; last.account == account {
			last.at = max(last.at, at)
			return
		}
	}
	if len(s.accepted) < maxAccepted {
		s.accepted = append(s.accepted, a)
		return
	}
	s.accepted[s.next] = a
	s.next = (s.next + 1) % maxAccepted
}

// acceptedSince reports whether account was accepted at that time or later.
func (s *series) acceptedSince(account uint64, at int64) bool {
	return slices.ContainsFunc(s.accepted, func(a accepted) bool { return a.account == account && a.at >= at })
}

// add adds a refusal, and returns those that it makes too old.
func (s *series) add(r *refusal) (old []*refusal) {
	s.list = append(s.list, r)
	n := 0
	for n < len(s.list)-1 && (len(s.list)-n > maxRefusals || trace.Elapsed(s.list[n].at, r.at) > guessTime+time.Minute) {
		n++
	}
	old = slices.Clone(s.list[:n])
	s.list = slices.Delete(s.list, 0, n)
	return old
}

// guessed returns the refusals up to r that are a series with it and were not
// reported yet; nil if they make none.
func (s *series) guessed(ix *trace.Index, r *refusal) []*refusal {
	var window, own []*refusal
	for _, x := range s.list {
		if x.at <= r.at && trace.Elapsed(x.at, r.at) <= guessTime {
			window = append(window, x)
			if x.account == r.account {
				own = append(own, x)
			}
		}
	}
	if len(own) == 0 || r.withdrawal != nil {
		return nil
	}
	if len(own) >= guessOneUser && !s.acceptedSince(r.account, own[0].at) {
		return unreported(own)
	}
	if len(window) >= guessLogons {
		window = withoutLoops(ix, window)
	}
	if len(window) < guessLogons || !slices.Contains(window, r) {
		return nil
	}
	// Who is accepted before and after is no stranger: that time is longer.
	since := r.at - int64(guessTime)
	known := map[uint64]bool{}
	for _, x := range window {
		if _, ok := known[x.account]; !ok {
			known[x.account] = s.acceptedSince(x.account, since)
		}
	}
	if known[r.account] {
		return nil
	}
	window = slices.DeleteFunc(window, func(x *refusal) bool { return known[x.account] })
	if len(window) < guessLogons || accountsOf(window) < guessUsers || len(window)*guessShare < s.logons(r.at) {
		return nil
	}
	return unreported(window)
}

// withoutLoops leaves out the refusals of programs that keep on with an old
// password at a proxy, as long as they are fewer than who guesses tries.
func withoutLoops(ix *trace.Index, list []*refusal) []*refusal {
	var rest, looping []*refusal
	for _, r := range list {
		if ix.Named(r.h, "proxy-auth-loop") {
			looping = append(looping, r)
		} else {
			rest = append(rest, r)
		}
	}
	if accountsOf(looping) >= guessUsers {
		return list
	}
	return rest
}

func accountsOf(list []*refusal) int {
	seen := map[uint64]bool{}
	for _, r := range list {
		seen[r.account] = true
	}
	return len(seen)
}

func unreported(list []*refusal) (out []*refusal) {
	for _, r := range list {
		if r.withdrawal == nil {
			out = append(out, r)
		}
	}
	return out
}

// report makes the findings about refusals from p.
func (s *series) report(ix *trace.Index, p place, list []*refusal) []*trace.Finding {
	if s.accounts == nil || trace.Elapsed(s.ended, list[0].at) > 2*guessTime {
		s.accounts, s.began = map[uint64]bool{}, list[0].at
	}
	s.began = min(s.began, list[0].at)
	var found []*trace.Finding
	for i, r := range list {
		if len(s.names) < guessNamed && !s.accounts[r.account] {
			s.names = trace.AppendNew(s.names, r.h.Account())
		}
		if len(s.accounts) < maxGuessed {
			s.accounts[r.account] = true
		}
		s.ended = max(s.ended, r.at)
		c := report.Sure
		if p.forwarded != "" {
			c = report.Likely // the client can write that field itself
		}
		f := ix.NewFinding(c, p.addr, "", r.h)
		f.Explains = []*trace.Handshake{r.h}
		if f.Kind = p.forwarded; p.forwarded != "" {
			f.Kind = "for " + p.forwarded
		}
		r.withdrawal = ix.WithdrawalOf(f)
		if f.Latest = i == len(list)-1; f.Latest || i == 0 {
			if len(s.accounts) == 1 {
				f.User = r.h.Account()
			}
			f.Summarize = s.summarize(p)
			f.Evidence = append(ix.ShowAll(list[0].h, ""), ix.ShowAll(r.h, "")...)
		}
		found = append(found, f)
	}
	return found
}

// summarize returns what writes the summary of the findings about p.
func (s *series) summarize(p place) func(int) string {
	from, names := p.addr.String(), slices.Clone(s.names)
	if p.forwarded != "" {
		from = fmt.Sprintf("%s for %s (as X-Forwarded-For says)", p.addr, trace.Clip(p.forwarded, 64))
	}
	took, more := trace.Seconds(trace.Elapsed(s.began, s.ended)), len(s.accounts)-len(names)
	return func(count int) string {
		if len(names)+more == 1 {
			return fmt.Sprintf("%s: %d refused logons as %s within %s; a service with an old password looks alike", from, count, names[0], took)
		}
		text := fmt.Sprintf("%s: %d refused logons for %d users within %s: %s", from, count, len(names)+more, took, strings.Join(names, ", "))
		if more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return text
	}
}

// exonerate withdraws what was reported of an account within guessTime before
// it was accepted and, if what is left is no series any more, of the others.
func (s *series) exonerate(account uint64, at int64) (found []*trace.Finding) {
	take := func(r *refusal) {
		found = append(found, r.withdrawal)
		r.withdrawal = nil
	}
	var rest []*refusal
	for _, r := range s.list {
		switch {
		case r.withdrawal == nil || trace.Elapsed(r.at, at) > guessTime:
		case r.account == account:
			take(r)
		default:
			rest = append(rest, r)
		}
	}
	if len(found) == 0 || len(rest) >= guessLogons && accountsOf(rest) >= guessUsers {
		return found
	}
	for _, r := range rest {
		n := 0
		for _, x := range rest {
			if x.account == r.account {
				n++
			}
		}
		if n < guessOneUser {
			take(r)
		}
	}
	return found
}
