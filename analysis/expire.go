package analysis

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// expire lets handshakes leave that are too old or too many.
func (a *Analysis) expire() {
	w := &a.window
	for w.Inside > 0 {
		h := w.Item(0)
		old := a.now-h.Until() > int64(trace.WindowLength)
		if !old && w.Inside <= w.Max {
			return
		}
		if !old {
			w.Forced++
		}
		if h.Phase < trace.Over {
			a.abandon(h)
		}
		a.leave(h)
	}
}

// abandon ends a handshake that leaves the window before its end.
func (a *Analysis) abandon(h *trace.Handshake) {
	if h.Frames.Authenticate == 0 {
		h.Outcome = report.Incomplete
	}
	h.AddProblem("its end did not come in time")
	if conn := h.Conn; conn.OpenConn != nil && conn.Awaits(h) {
		conn.Session(h.Session).Current = nil
	}
	a.finish(h.Conn, h)
}

// leave takes the oldest handshake, which is h, out of the window and reports
// it.
func (a *Analysis) leave(h *trace.Handshake) {
	w := &a.window
	w.Inside--
	if h.Phase < trace.Judged {
		a.runRules(pendingCheck{h: h})
	}
	a.reportJudged(h)
	if a.out.Handshake != nil {
		a.out.Handshake(h.Export())
	}
	if a.ended {
		return // nobody will ask for it again
	}
	a.stopWaiting(h) // early, for memory
	delete(a.displaced, h.ID)
	for _, q := range a.onLeave {
		if found := q.ask(&a.ix, h); found != nil {
			a.addFindings(q.rank, found)
		}
	}
	a.ix.Drop(h)
	if !h.HasToken() {
		w.LetGo(h)
		return
	}
	if old, full := w.Tokens.Push(w.Number(h), w.Max); full {
		x := w.At(old)
		x.Reach(trace.Forgotten)
		a.ix.Tokens.Trim(x)
		w.LetGo(x)
	}
}
