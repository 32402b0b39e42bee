package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var guestOrNullSession = &Rule{
	Rule: report.Rule{
		ID: "guest-or-null-session", Title: "Anonymous logon", Severity: report.Info,
		Evidence:   "An AUTHENTICATE without user name and response, outside of a request that its client was serving.",
		NotIf:      "double-hop-anonymous, whose first hop was not captured; a local call, whose challenge carries flag 0x00004000.",
		Why:        "The client logged on as nobody: on purpose (monitoring, a null session), or because it had no credentials for the user whom it acted for.",
		Fix:        "If the client is a front end, capture on it as well: the request that it served then shows whether this is a double hop.",
		Log:        "Security log: event 4624 or 4625, ANONYMOUS LOGON, S-1-5-7",
		References: []string{"MS-NLMP 3.2.5.1.2"},
	},
	Cause: true, Fold: byClientServers,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if !h.Anonymous || h.Frames.Authenticate == 0 {
			return nil
		}
		f := ix.finding(report.Sure, h.client(), "", h)
		f.explains = []*handshakeState{h}
		f.tell = tellNullSession
		return ix.one(f)
	},
}

func tellNullSession(ix *Index, f *Finding) {
	h := f.about[0]
	f.Summary = fmt.Sprintf("%s logged on to %s as anonymous, which %s", h.client(), ix.serverText(h), outcomeText(h))
	f.Evidence = ix.showAll(h, ix.answersText(h))
}
