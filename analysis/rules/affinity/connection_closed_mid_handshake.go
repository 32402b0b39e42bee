package affinity

import (
	"fmt"
	"slices"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
)

// ConnectionClosedMidHandshake is the rule connection-closed-mid-handshake:
// "Connection closed during the handshake".
var ConnectionClosedMidHandshake = &trace.Rule{
	Rule: report.Rule{
		ID: "connection-closed-mid-handshake", Title: "Connection closed during the handshake", Severity: report.Medium,
		Evidence:   "The connection ended between CHALLENGE and AUTHENTICATE, or the answer with the CHALLENGE announced it (Connection: close, HTTP/1.0), and the client began again and fared no better, or sent the AUTHENTICATE on another connection.",
		NotIf:      "The next try is accepted: a worker was restarted, or a browser gave up one of several parallel handshakes. The user typed a password for longer than a minute. A Connection: close on the first bare 401 or 407 is normal for some proxies.",
		Why:        "The CHALLENGE can only be answered on the connection that brought it. It was closed, so every try ends in another 401.",
		Fix:        "Enable keep-alive on the server, on every proxy on the way, and in the client; nginx as a proxy: proxy_http_version 1.1 and proxy_set_header Connection \"\".",
		Log:        "IIS log: 401 1 2148074254 again and again, no entry with a user name",
		References: []string{"RFC 9112 9.3", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		c := &closings{byPlace: recent.New[trace.Place, []*trace.Finding](1 << 12), tries: recent.New[trace.Place, tries](1 << 12)}
		return trace.Questions{OnHandshake: c.onHandshake, OnNext: c.onNext, OnSettled: c.onSettled}
	},
}

// maxWithdrawals bounds the findings of one place that are withdrawn when the
// client gets through after all.
const maxWithdrawals = 64

// tries counts handshakes that were interrupted one after the other: parallel
// ones count once.
type tries struct {
	count int
	ended int64 // the end of the last one
}

// closings are the interrupted handshakes of each place since the last logon
// that was accepted there.
type closings struct {
	tries   *recent.Map[trace.Place, tries]
	byPlace *recent.Map[trace.Place, []*trace.Finding] // the withdrawals of what was reported about them
}

// onHandshake counts h, or forgets all before it if it was accepted: what was
// reported within the last minute is withdrawn then, because the client got
// through. An AUTHENTICATE that answers the CHALLENGE of a connection whose end
// was announced proves by itself why it came on another one.
func (c *closings) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	place := h.Place()
	switch {
	case h.Outcome == report.Accepted:
		withdrawals := slices.DeleteFunc(c.byPlace.Get(place), func(f *trace.Finding) bool {
			return trace.Elapsed(f.About[0].Until(), h.Time) > time.Minute
		})
		c.byPlace.Delete(place)
		c.tries.Delete(place)
		return withdrawals
	case interrupted(h):
		t := c.tries.Get(place)
		if h.Time >= t.ended {
			t.count++
		}
		t.ended = max(t.ended, h.Extra().EndedAt, h.ChallengedAt)
		c.tries.Set(place, t)
	case h.Frames.Challenge == 0 && h.HasToken() && !h.Gap:
		if z := answered(ix, h); z != nil && z.Closing != 0 && z.Frames.Authenticate == 0 {
			again := ix.Named(z, "connection-closed-mid-handshake")
			found := c.report(ix, z, h)
			for _, f := range found {
				f.Again = again
			}
			return found
		}
	}
	return nil
}

// answered returns the handshake whose CHALLENGE h answers on another connection;
// nil if none is known.
func answered(ix *trace.Index, h *trace.Handshake) *trace.Handshake {
	switch r := h.Relation; {
	case r == nil:
		z, _ := ix.SplitFrom(h)
		return z
	case r.Kind == trace.Split:
		return r.Z
	}
	return nil
}

// interrupted reports whether the connection of h ended between CHALLENGE and
// AUTHENTICATE, or its end was announced and no more came.
func interrupted(h *trace.Handshake) bool {
	if h.Outcome != report.Incomplete || h.Frames.Challenge == 0 || h.Frames.Authenticate != 0 {
		return false
	}
	return h.Closing != 0 || h.Extra().HasEnd && h.Extra().Ended != capture.CaptureEnd
}

// onNext reports h if the answer with its CHALLENGE announced the end of the
// connection, and the next try was interrupted too or brought an AUTHENTICATE
// that may answer it on another connection: nothing that comes later can explain
// that away but a logon that is accepted.
func (c *closings) onNext(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding {
	elsewhere := next.Frames.Challenge == 0 && next.Frames.Authenticate != 0 && next.Answers(h) != ntlm.No && next.Outcome != report.Accepted
	if h.Closing == 0 || !interrupted(h) || ix.Named(h, "connection-closed-mid-handshake") || !interrupted(next) && !elsewhere {
		return nil
	}
	if elsewhere {
		return c.report(ix, h, next)
	}
	return c.report(ix, h)
}

// onSettled reports what was not announced: one of several tries that were all
// interrupted.
func (c *closings) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if !interrupted(h) || ix.Named(h, "connection-closed-mid-handshake", "handshake-split") {
		return nil
	}
	place, last := h.Place(), ix.TimesAt(h.Place())
	least := 2
	if last.Accepted != 0 && h.ChallengedAt-last.Accepted < int64(time.Minute) {
		least = 3 // behind one address many may come, and a worker restarts
	}
	if last.Accepted > h.ChallengedAt || c.tries.Get(place).count < least {
		return nil
	}
	return c.report(ix, h)
}

// report makes the finding about h; elsewhere is the answer to its CHALLENGE that
// came on another connection, if there is one.
func (c *closings) report(ix *trace.Index, h *trace.Handshake, elsewhere ...*trace.Handshake) []*trace.Finding {
	var waited time.Duration
	if h.Extra().HasEnd {
		waited = trace.Elapsed(h.ChallengedAt, h.Extra().EndedAt)
	}
	if waited > time.Minute {
		return nil
	}
	f := ix.NewFinding(report.Sure, h.Client(), "", append([]*trace.Handshake{h}, elsewhere...)...)
	f.Explains = append([]*trace.Handshake{h}, elsewhere...)
	f.Summary = fmt.Sprintf("%s to %s: the connection ended after the CHALLENGE, before it could be answered", h.Client(), ix.ServerText(h))
	if h.Closing == 0 {
		f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; the connection was then %s after %s", h.ResultText, h.Extra().Ended, trace.Seconds(waited))}
	} else {
		f.Summary += ": " + announced(h.Closing)
		f.Fix = keepAlive(h.Closing)
		if h.Closing&(auth.ClientEnds|auth.OldClient) != 0 && h.Frames.Negotiate != 0 {
			f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Negotiate, true, "NEGOTIATE: %s", announced(h.Closing&(auth.ClientEnds|auth.OldClient)))}
		}
		f.Evidence = append(f.Evidence, ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE, on a connection that is to end with it", h.ResultText))
	}
	for _, r := range elsewhere {
		what := ": its answer on another connection"
		if r.Answers(h) != ntlm.Yes {
			what = " on another connection, which may be its answer"
			f.Confidence = f.Confidence.Lower(true)
		}
		f.Evidence = append(f.Evidence, ix.ShowAll(r, what)...)
		if r.Relation != nil && r.Relation.X.Refused() {
			f.Explains = append(f.Explains, r.Relation.X) // the same on the client's own connection
		}
	}
	if list := c.byPlace.Get(h.Place()); len(list) < maxWithdrawals {
		c.byPlace.Set(h.Place(), append(list, ix.WithdrawalOf(f)))
	}
	return ix.One(f)
}
