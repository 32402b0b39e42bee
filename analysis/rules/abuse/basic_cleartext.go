package abuse

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// BasicCleartext is the rule basic-cleartext: "Basic credentials in clear
// text".
var BasicCleartext = &trace.Rule{
	Rule: report.Rule{
		ID: "basic-cleartext", Title: "Basic credentials in clear text", Severity: report.Medium,
		Evidence:   "Authorization or Proxy-Authorization with the Basic scheme on a connection without TLS.",
		NotIf:      "None: whoever reads the traffic has the password. The same words inside a page are not counted.",
		Why:        "Basic sends the user name and the password, only encoded, with every request. Everybody on the way can read them.",
		Fix:        "Use TLS, or another scheme.",
		References: []string{"RFC 7617 4"},
	},
	Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.Basic {
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Write = writeBasicCleartext
			return ix.One(f)
		},
	},
}

func writeBasicCleartext(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s: user name and password readable on the way to %s", h.Who(), h.Client(), ix.ServerText(h))
	f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Authenticate, true, "%s Basic for %s", fieldName(h), h.Target())}
}

func fieldName(h *trace.Handshake) string {
	if h.Session.Proxy {
		return "Proxy-Authorization:"
	}
	return "Authorization:"
}
