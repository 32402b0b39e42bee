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
	case h.Session.Proxy && (h.Reply == auth.Forbidden || h.Reply == auth.Unavailable):
		// What is behind it refuses, or is not there.
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

// countExplained counts what a change makes of h: explained, or not any more.
func (a *Analysis) countExplained(h *trace.Handshake, change func(*trace.Extra)) {
	e := h.NeedExtra()
	before := e.Cause != 0 || e.Nested
	change(e)
	switch after := e.Cause != 0 || e.Nested; {
	case after == before || h.Phase < trace.Over:
	case after:
		a.summary.Unexplained.Add(h.Trouble, -1)
	default:
		a.summary.Unexplained.Add(h.Trouble, 1)
	}
}
