package affinity

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// NegotiateUnanswered is the rule negotiate-unanswered: "NEGOTIATE answered
// without a CHALLENGE".
var NegotiateUnanswered = &trace.Rule{
	Rule: report.Rule{
		ID: "negotiate-unanswered", Title: "NEGOTIATE answered without a CHALLENGE", Severity: report.Medium,
		Evidence:   "The answer to a NEGOTIATE holds no CHALLENGE: 401 (of a proxy 407) that only offers schemes again, 400, 403 or 5xx. Twice or more at one place count as medium, once as low. Where the page came, or a redirect (2xx, 3xx), it is a note.",
		NotIf:      "The next NEGOTIATE there gets its CHALLENGE, or the client is accepted at once in another way: then it was a restart, or a client that tries one scheme after the other. A client that sends a NEGOTIATE along to a page that needs no logon loses nothing.",
		Why:        "A server that speaks NTLM answers a NEGOTIATE with a CHALLENGE. This one does not, so no logon can come about.",
		Fix:        "Look up in the server's log why it answered so.",
		Log:        "IIS log: the status with its sub-status and sc-win32-status; HTTPERR log of http.sys for answers that no site gave",
		References: []string{"RFC 4559 4.2", "MS-NTHT 2.2.2", "MS-NTHT 2.2.4", "MS-NLMP 3.2.5.1.1"},
	},
	Cause: true,
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByClientServers(f)
		if f.Severity == report.Info {
			k = trace.ByServer(f) // a page that needs no logon is one for everybody
		}
		k.Servers += f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		u := newUnanswered()
		return trace.Questions{OnHandshake: u.onHandshake, OnNext: u.onNext, OnSettled: u.onSettled}
	},
}

// again is how often a NEGOTIATE must be left unanswered at one place to be no
// accident; tries that run beside each other count once.
const again = 2

// fallbackTime is how soon after an unanswered NEGOTIATE a client that knows
// another scheme uses it.
const fallbackTime = 5 * time.Second

func (u unanswered) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if isUnanswered(h) {
		u.add(ix, h)
		return nil
	}
	if u.byHost.Len() == 0 {
		return nil
	}
	if h.Frames.Challenge != 0 || h.Outcome == report.Accepted && !h.Failed {
		return u.succeed(h)
	}
	return nil
}

// isUnanswered reports whether h is a NEGOTIATE with an answer that does not go
// on with the handshake. Where messages are missing, nothing is known of it. On
// a connection that carried a CHALLENGE before, the server speaks NTLM and is in
// the middle of another handshake: that is a matter of who shares connections.
func isUnanswered(h *trace.Handshake) bool {
	if h.Reply == auth.Asked && h.Conn.Challenged {
		return false
	}
	return h.Frames.Negotiate != 0 && h.Frames.Challenge == 0 && h.Frames.Authenticate == 0 && h.Frames.Result != 0 &&
		h.Reply != auth.NoReply && h.Answer != auth.More && !h.Gap
}

// onNext reports h if the next try there was left unanswered as well: that is
// again and again.
func (u unanswered) onNext(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding {
	if !isUnanswered(h) || !isUnanswered(next) || harmless(h) {
		return nil
	}
	s := u.find(h)
	if s == nil || s.rounds < again || !s.waits(next) {
		return nil
	}
	return u.report(ix, s, h)
}

func (u unanswered) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if !isUnanswered(h) {
		return nil
	}
	s := u.find(h)
	if s == nil || !s.waits(h) {
		return nil
	}
	if harmless(h) && loggedOnLately(ix, h) {
		s.take(h)
		return nil // it sends the NEGOTIATE along everywhere, and gets in where it must
	}
	return u.report(ix, s, h)
}

// loggedOnLately reports whether the client of h logs on at its server anyhow.
func loggedOnLately(ix *trace.Index, h *trace.Handshake) bool {
	last := ix.TimesAt(h.Place()).Accepted
	return last != 0 && trace.Elapsed(last, h.Time) <= trace.WindowLength
}

// harmless reports whether the client of h got what it asked for without a
// logon, or is to ask for it elsewhere.
func harmless(h *trace.Handshake) bool {
	return h.Reply == auth.Served || h.Reply == auth.Moved || h.Reply == auth.Other
}

// report makes the finding about h, which waits in s.
func (u unanswered) report(ix *trace.Index, s *unansweredPlace, h *trace.Handshake) []*trace.Finding {
	t, ok := s.take(h)
	if !ok {
		return nil
	}
	w := wordsOf(h, t)
	f := ix.NewFinding(report.Sure.Lower(!h.Conn.FromStart), h.Client(), "", h)
	f.Explains = []*trace.Handshake{h}
	switch {
	case harmless(h):
		f.Level(report.Info)
	case t.sometimes:
		f.Detail = " The server answered another NEGOTIATE of this client with a CHALLENGE shortly before: several servers behind one address may differ, or the applications of one site, or requests of one connection are spread over several."
		f.Level(report.Low)
	case s.rounds < again, h.Session.Proxy && h.Reply == auth.Unavailable:
		f.Level(report.Low)
	}
	f.Kind = w.kind
	proxy := ""
	if h.Session.Proxy {
		proxy = "the proxy "
	}
	f.Summary = fmt.Sprintf("%s: the NEGOTIATE to %s%s was answered %s without a CHALLENGE: %s", h.Client(), proxy, ix.ServerText(h), h.ResultText, w.what)
	f.Why, f.Fix, f.Log = w.why, w.fix, w.log
	offers := ""
	if h.Reply == auth.Asked {
		offers = ", offers " + t.offered
		if t.offered == "" {
			offers = ", offers nothing"
		}
	}
	f.Evidence = []report.Evidence{
		ix.Show(h, h.Frames.Negotiate, true, "NEGOTIATE with %s, scheme %s", h.Target(), h.Scheme),
		ix.Show(h, h.Frames.Result, false, "%s, no CHALLENGE%s", h.ResultText, offers),
	}
	s.note(h, ix.WithdrawalOf(f))
	return ix.One(f)
}
