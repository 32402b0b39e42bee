package affinity

import (
	"bytes"
	"fmt"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// AuthNotPersisted is the rule auth-not-persisted: "Logon forgotten on the same
// connection".
var AuthNotPersisted = &trace.Rule{
	Rule: report.Rule{
		ID: "auth-not-persisted", Title: "Logon forgotten on the same connection", Severity: report.Low,
		Evidence:   "A logon was accepted on the connection, and a later request on it without Authorization, to the same site, is answered 401.",
		NotIf:      "Kerberos, which authenticates a request; another site behind a forward proxy; a front end that passes on the refusal of a back end. Another application pool behind another path; a time limit; identity-bleed, where another client's request came over the connection.",
		Why:        "The server asks for the logon again on a connection that had one.",
		Fix:        "Check authPersistSingleRequest and authPersistNonNTLM, and whether the paths belong to different application pools.",
		Log:        "IIS log: 401 2 5 on a connection that has a user name before",
		References: []string{"MS-N2HT 3.2.5", "MS-N2HT 2.2.2"},
	},
	Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		reported := recent.New[trace.ConnKey, bool](1 << 12) // once for a connection
		return trace.Questions{OnExchange: func(ix *trace.Index, x *trace.Exchange) []*trace.Finding { return notPersisted(ix, x, reported) }}
	},
}

func notPersisted(ix *trace.Index, x *trace.Exchange, reported *recent.Map[trace.ConnKey, bool]) []*trace.Finding {
	h := x.Before
	if h == nil || h.Mechanism != trace.NTLM || !x.ServerAsks() || len(x.Auth.Request.Credentials) > 0 ||
		!x.Auth.Request.Stamp.Seen() || reported.Has(x.Conn.Key()) || x.KeptLogon() || x.MayPassOn() {
		return nil
	}
	if trace.HostOf(x.Auth.Target.Host) != trace.HostOf(h.Host) {
		return nil // a connection to a forward proxy leads to many sites
	}
	reported.Set(x.Conn.Key(), true)
	f := ix.NewFinding(report.Likely.Lower(x.Auth.Gap), h.Client(), h.Account(), h)
	after := trace.Seconds(trace.Elapsed(h.ResultAt, x.Auth.Request.Stamp.Time))
	f.Summary = fmt.Sprintf("%s from %s: %s asks again on the connection that was logged on %s before", h.Who(), h.Client(), ix.ServerText(h), after)
	f.Evidence = append(ix.ShowAll(h, ""), ix.ShowExchange(x, ", no credentials")...)
	switch {
	case h.SingleRequest:
		f.Detail += " It had said so: Persistent-Auth: false."
		f.Confidence = report.Sure
	case !bytes.Equal(x.Conn.Prefix, trace.PathPrefix([]byte(" "+x.Auth.Target.Name))):
		f.Detail += " The request is for another path: perhaps another application pool."
	}
	return ix.One(f)
}
