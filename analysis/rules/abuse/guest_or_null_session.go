package abuse

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// GuestOrNullSession is the rule guest-or-null-session: "Anonymous logon".
var GuestOrNullSession = &trace.Rule{
	Rule: report.Rule{
		ID: "guest-or-null-session", Title: "Anonymous logon", Severity: report.Info,
		Evidence:   "An AUTHENTICATE without user name and response, outside of a request that its client was serving.",
		NotIf:      "double-hop-anonymous, whose first hop was not captured; a local call, whose challenge carries flag 0x00004000.",
		Why:        "The client logged on as nobody: on purpose (monitoring, a null session), or because it had no credentials for the user whom it acted for.",
		Fix:        "If the client is a front end, capture on it as well: the request that it served then shows whether this is a double hop.",
		Log:        "Security log: event 4624 or 4625, ANONYMOUS LOGON, S-1-5-7",
		References: []string{"MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if !h.Anonymous || h.Frames.Authenticate == 0 {
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), "", h)
			f.Explains = []*trace.Handshake{h}
			f.Write = writeNullSession
			return ix.One(f)
		},
	},
}

func writeNullSession(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s logged on to %s as anonymous, which %s", h.Client(), ix.ServerText(h), trace.OutcomeText(h))
	f.Evidence = ix.ShowAll(h, ix.AnswersText(h))
}
