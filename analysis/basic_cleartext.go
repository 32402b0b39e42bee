package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var basicCleartext = &Rule{
	Rule: report.Rule{
		ID: "basic-cleartext", Title: "Basic credentials in clear text", Severity: report.Medium,
		Evidence:   "Authorization or Proxy-Authorization with the Basic scheme on a connection without TLS.",
		NotIf:      "None: whoever reads the traffic has the password. The same words inside a page are not counted.",
		Why:        "Basic sends the user name and the password, only encoded, with every request. Everybody on the way can read them.",
		Fix:        "Use TLS, or another scheme.",
		References: []string{"RFC 7617 4"},
	},
	Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.mech != mechBasic {
			return nil
		}
		f := ix.finding(report.Sure, h.client(), h.Account(), h)
		f.tell = tellBasicCleartext
		return ix.one(f)
	},
}

func tellBasicCleartext(ix *Index, f *Finding) {
	h := f.about[0]
	f.Summary = fmt.Sprintf("%s from %s: user name and password readable on the way to %s", h.who(), h.client(), ix.serverText(h))
	f.Evidence = []report.Evidence{ix.show(h, h.Frames.Authenticate, true, "%s Basic for %s", fieldName(h), h.target())}
}

func fieldName(h *handshakeState) string {
	if h.Proxy {
		return "Proxy-Authorization:"
	}
	return "Authorization:"
}
