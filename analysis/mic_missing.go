package analysis

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/ntlm"
)

var micMissing = &Rule{
	Rule: report.Rule{
		ID: "mic-missing", Title: "Promised MIC is missing", Severity: report.Medium,
		Evidence:   "The AUTHENTICATE says that it has a MIC (MsvAvFlags 0x2), and its MIC is zero or has no room in the message.",
		NotIf:      "A broken client. Clients that promise none (curl, Java, Python) are no finding.",
		Why:        "The MIC protects the three messages of a handshake. The client's own signed list promises it, so it was removed on the way (drop the MIC, CVE-2019-1040), or the client is broken.",
		Fix:        "Install current updates on server and client; look for a relay on the way.",
		References: []string{"MS-NLMP 3.1.5.1.2", "MS-NLMP 3.2.5.1.2"},
	},
	Fold: byClientUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.Frames.Authenticate == 0 || h.avFlags&ntlm.AvFlagMIC == 0 || h.hasMIC && !h.micZero {
			return nil
		}
		f := ix.finding(report.Likely, h.client(), h.Account(), h)
		f.tell = tellMICMissing
		return ix.one(f)
	},
}

func tellMICMissing(ix *Index, f *Finding) {
	h := f.about[0]
	f.Summary = fmt.Sprintf("%s from %s: the token promises a MIC and has none", h.who(), h.client())
	f.Evidence = ix.showAll(h, ", MIC promised and missing")
}
