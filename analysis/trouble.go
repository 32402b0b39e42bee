package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// troubleOf returns the trouble of h, whose outcome was decided by x.
func troubleOf(h *trace.Handshake, x *auth.Exchange) report.Trouble {
	switch {
	case h.Outcome == report.Denied:
		return report.Refused
	case x.Ending == auth.ClosedEarly || x.Ending == auth.ResetEarly:
		return report.Unanswered
	case x.Ending != auth.Answered || h.Answer == auth.More:
		return report.NoTrouble
	case h.Frames.Authenticate == 0:
		if h.Reply == auth.Asked || h.Reply == auth.Forbidden || h.Reply.Error() {
			return report.Unanswered
		}
	case h.Reply == auth.Forbidden || h.Reply.Error():
		return report.ErrorAfter
	}
	return report.NoTrouble
}

// setCause makes the row with a number, from 1, explain why h failed; 0 is none.
func (a *Analysis) setCause(h *trace.Handshake, row int) {
	a.countExplained(h, func(e *trace.Extra) { e.Cause = row })
}

// explain notes that a finding about what the server of h asked of others
// explains why the request of h failed.
func (a *Analysis) explain(h *trace.Handshake) {
	a.countExplained(h, func(e *trace.Extra) { e.Nested = true })
}

// passed notes that next, a later try of the same client, went through after h
// and after those that h was the next try of.
func (a *Analysis) passed(h, next *trace.Handshake) {
	todo := []*trace.Handshake{h}
	for len(todo) > 0 {
		h, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if h.Trouble == report.NoTrouble || h.Extra().Passed || h.Trouble == report.Refused && !h.SameAccount(next) {
			continue
		}
		a.countExplained(h, func(e *trace.Extra) { e.Passed = true })
		todo = append(todo, h.Extra().Earlier...)
	}
}

// follows notes that next is the next try after h.
func (a *Analysis) follows(h, next *trace.Handshake) {
	switch {
	case h.Trouble == report.NoTrouble:
	case next.Outcome == report.Accepted && !next.Failed:
		a.passed(h, next)
	case next.Trouble != report.NoTrouble && next.Phase < trace.Expired:
		e := next.NeedExtra()
		e.Earlier = append(e.Earlier, h)
	}
}

// countExplained counts what a change makes of h: explained, or not any more.
func (a *Analysis) countExplained(h *trace.Handshake, change func(*trace.Extra)) {
	e := h.NeedExtra()
	before := explained(e)
	change(e)
	switch after := explained(e); {
	case after == before || h.Phase < trace.Over:
	case after:
		a.summary.Unexplained.Add(h.Trouble, -1)
	default:
		a.summary.Unexplained.Add(h.Trouble, 1)
	}
}

// explained reports whether something is known of why a handshake is in trouble,
// or that it did not stay so.
func explained(e *trace.Extra) bool { return e.Cause != 0 || e.Nested || e.Passed }
