package quality

import (
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// ErrorAfterLogon is the rule error-after-logon: "Logon answered with an error".
var ErrorAfterLogon = &trace.Rule{
	Rule: report.Rule{
		ID: "error-after-logon", Title: "Logon answered with an error", Severity: report.Low,
		Evidence:   "The credentials were answered 400 or 5xx, and nothing that the server asked of others meanwhile explains it. Once is a note (not of Basic), twice or more is low, and medium if every try of that user there ends so.",
		NotIf:      "The same connection, or the same user there, gets an answer below 400 within a minute: then one page is broken, or the server was restarted. Errors of what is behind a proxy are not the proxy's.",
		Why:        "The logon came to its end and the request did not: what failed is behind the logon, or in front of it.",
		Fix:        "Look up the error in the server's own log.",
		Log:        "IIS log: the status with sub-status and user name",
		References: []string{"RFC 9110 15.5.1", "RFC 9110 15.6", "MS-N2HT 2.2.3"},
	},
	Cause: true,
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByClientServersUser(f)
		k.Servers += f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		e := afterLogon{recent.New[errorKey, *errorSeries](1 << 12), recent.New[trace.ConnKey, *errorSeries](1 << 12)}
		return trace.Questions{OnHandshake: e.onHandshake, OnExchange: e.onExchange, OnNext: e.onNext, OnSettled: e.onSettled}
	},
}

// recoverTime is how soon after an error a good answer shows that it was that of
// one page, or of a moment.
const recoverTime = time.Minute

// everyTry is how often a user must have tried, one try after the other, for
// every try to mean something.
const everyTry = 2

// errorKey names an account of a client at a site.
type errorKey struct {
	place   trace.Place
	site    uint64
	account uint64 // hash of account and mechanism
}

// errorSeries is the errors of one account at one site.
type errorSeries struct {
	rounds   int // tries that run beside each other count once
	ended    int64
	other    bool // a try ended otherwise
	waiting  []*trace.Handshake
	reported []reportedError
}

// reportedError is an error that was reported.
type reportedError struct {
	at         int64
	withdrawal *trace.Finding
}

// maxErrors bounds those of one series that are kept.
const maxErrors = 32

type afterLogon struct {
	byAccount *recent.Map[errorKey, *errorSeries]
	byConn    *recent.Map[trace.ConnKey, *errorSeries]
}

var errorSeed = maphash.MakeSeed()

func errorKeyOf(h *trace.Handshake) errorKey {
	return errorKey{h.Place(), h.Site(), maphash.String(errorSeed, h.Account()+" "+h.MechanismName())}
}

// isError reports whether h is a logon that the rule is about. Of credentials
// that come with each request, an error below 500 is one of the request.
func isError(h *trace.Handshake) bool {
	if h.Trouble != report.ErrorAfter || !h.Reply.Error() || h.Session.Proxy && h.Reply == auth.Unavailable {
		return false
	}
	return h.Mechanism == trace.NTLM || h.Mechanism == trace.Kerberos || h.Mechanism == trace.Basic && h.Reply != auth.Malformed
}

func (e afterLogon) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if isError(h) {
		// What was answered well in the half second since then counts as later.
		// With a relation, the token is the matter.
		if h.Relation == nil && max(h.Conn.LastServed, ix.TimesAt(h.Place()).Served) <= h.ResultAt {
			e.add(h)
		}
		return nil
	}
	if e.byAccount.Len() == 0 || h.Frames.Authenticate == 0 || h.Frames.Result == 0 {
		return nil
	}
	s := e.byAccount.Get(errorKeyOf(h))
	switch {
	case s == nil:
	case h.Failed:
		s.other = true
	default:
		return s.recover(h.ResultAt)
	}
	return nil
}

// add takes a logon that was answered with an error.
func (e afterLogon) add(h *trace.Handshake) {
	key := errorKeyOf(h)
	s := e.byAccount.Get(key)
	if s == nil {
		s = &errorSeries{}
		e.byAccount.Set(key, s)
	}
	if h.Time >= s.ended {
		s.rounds++
	}
	s.ended = max(s.ended, h.ResultAt)
	if len(s.waiting) < maxErrors {
		s.waiting = append(s.waiting, h)
		e.byConn.Set(h.Conn.Key(), s)
	}
}

// onExchange takes what is asked on a connection whose logon was answered with
// an error.
func (e afterLogon) onExchange(_ *trace.Index, x *trace.Exchange) []*trace.Finding {
	if e.byConn.Len() == 0 || len(x.Auth.Request.Credentials) > 0 || x.Failed() {
		return nil
	}
	if s := e.byConn.Get(x.Conn.Key()); s != nil {
		return s.recover(x.At)
	}
	return nil
}

// recover takes a good answer at a time, and returns the withdrawals of the
// errors shortly before it.
func (s *errorSeries) recover(at int64) (withdrawn []*trace.Finding) {
	s.other = true
	over := func(failed int64) bool { return failed <= at && trace.Elapsed(failed, at) <= recoverTime }
	s.waiting = slices.DeleteFunc(s.waiting, func(h *trace.Handshake) bool { return over(h.ResultAt) })
	s.reported = slices.DeleteFunc(s.reported, func(r reportedError) bool {
		if over(r.at) {
			withdrawn = append(withdrawn, r.withdrawal)
			return true
		}
		return false
	})
	return withdrawn
}

// onNext reports h if the next try of the same user ended so as well.
func (e afterLogon) onNext(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding {
	if !isError(h) || !isError(next) {
		return nil
	}
	s := e.byAccount.Get(errorKeyOf(h))
	if s == nil || s.rounds < everyTry || !slices.Contains(s.waiting, next) {
		return nil
	}
	return s.report(ix, h)
}

func (e afterLogon) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if !isError(h) {
		return nil
	}
	if s := e.byAccount.Get(errorKeyOf(h)); s != nil {
		return s.report(ix, h)
	}
	return nil
}

// report makes the finding about h, unless it was decided before what to say of
// it.
func (s *errorSeries) report(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	i := slices.Index(s.waiting, h)
	if i < 0 {
		return nil
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	if h.Mechanism == trace.Basic && s.rounds < everyTry {
		return nil // each request presents it: one that failed says nothing of the logon
	}
	if h.Extra().Nested {
		return nil // its server asked others for it, and one of those rules says what happened
	}
	f := ix.NewFinding(report.Sure.Lower(h.Outcome != report.Accepted), h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Level(s.severity(ix, h))
	f.Kind = h.Reply.String()
	f.Summary = fmt.Sprintf("%s from %s: %s answered the logon with %s", h.Who(), h.Client(), ix.ServerText(h), h.ResultText)
	if f.Severity == report.Medium {
		f.Summary += ", at every try so far"
	}
	f.Why, f.Fix, f.Log = errorWords(h)
	f.Evidence = ix.ShowAll(h, ix.AnswersText(h))
	if len(s.reported) < maxErrors {
		s.reported = append(s.reported, reportedError{h.ResultAt, ix.WithdrawalOf(f)})
	}
	return ix.One(f)
}

// severity returns how much the errors so far matter.
func (s *errorSeries) severity(ix *trace.Index, h *trace.Handshake) report.Severity {
	switch {
	case s.rounds < everyTry:
		return report.Info
	case s.other || ix.TimesAt(h.Place()).Served != 0 || h.Mechanism == trace.Basic || h.Session.Proxy:
		return report.Low
	case h.Reply == auth.Malformed && h.Confirmed:
		return report.Low // past the logon, so it is the request
	}
	return report.Medium
}

// errorWords returns why a logon is answered so, what to do, and where the
// reason is written.
func errorWords(h *trace.Handshake) (why, fix, log string) {
	said := "The server accepted the logon and then failed. "
	if h.Outcome != report.Accepted {
		said = "The answer does not say whether the credentials are good. "
	}
	switch h.Reply {
	case auth.Malformed:
		if h.Outcome == report.Accepted {
			return "The server accepted the logon, and refused the request as it is written, or as the application understands it.",
				"Look which requests are answered so: another request of the same account shows whether it is this one. The application's log has the reason; IIS: Failed Request Tracing for status 400.",
				"IIS log: 400 with the user name"
		}
		return said + "A request is answered so that is too long or malformed: the last step of a logon has the longest head of all.",
			"IIS: look up the reason in the HTTPERR log (FieldLength, RequestLength, Hostname), and raise MaxFieldLength and MaxRequestBytes; Apache: LimitRequestFieldSize; nginx: large_client_header_buffers; HAProxy: tune.bufsize; Tomcat: maxHttpHeaderSize. " +
				"If the head is short, the application refuses what was asked: try another page with the same account.",
			`C:\Windows\System32\LogFiles\HTTPERR; IIS log: 400 with a user name if the application answered`
	case auth.Unavailable:
		return said + "What was asked for needs another program, which did not answer: an application pool that is stopped, or a server behind a proxy.",
			"IIS: start the application pool, and look why it stopped (rapid-fail protection, its account's password); proxy or load balancer: check the health of the server behind it, and its time-out for the first answer.",
			"System log: WAS 5002, 5021, 5059; HTTPERR log: AppOffline, QueueFull; HAProxy log: SC--, sH--; nginx error log: upstream"
	}
	return said + "What runs as the user or asks for the user failed: impersonation, roles, a profile, a second server that was not captured.",
		"IIS: the sub-status tells (500.19 configuration, 500.24 impersonation with the integrated pipeline, 500.21 module); ASP.NET: Application log, event 1309; SharePoint: the correlation id of the page in the ULS log; Exchange: HttpProxy log; " +
			"Apache: error log (mod_authnz_ldap, winbind groups); Squid: cache.log. Try the page with another account: if that works, it is this user's roles or profile.",
		"IIS log: 500 with its sub-status and the user name; Application log: ASP.NET 1309"
}
