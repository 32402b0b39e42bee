package protocol

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// MicMissing is the rule mic-missing: "Promised MIC is missing".
var MicMissing = &trace.Rule{
	Rule: report.Rule{
		ID: "mic-missing", Title: "Promised MIC is missing", Severity: report.Medium,
		Evidence:   "The AUTHENTICATE says that it has a MIC (MsvAvFlags 0x2), and its MIC is zero or has no room in the message.",
		NotIf:      "A broken client. Clients that promise none (curl, Java, Python) are no finding.",
		Why:        "The MIC protects the three messages of a handshake. The client's own signed list promises it, so it was removed on the way (drop the MIC, CVE-2019-1040), or the client is broken.",
		Fix:        "Install current updates on server and client; look for a relay on the way.",
		References: []string{"MS-NLMP 3.1.5.1.2", "MS-NLMP 3.2.5.1.2"},
	},
	Fold: trace.ByClientUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Frames.Authenticate == 0 || h.AVFlags&ntlm.AvFlagMIC == 0 || h.HasMIC && !h.MICZero {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
			f.Write = writeMICMissing
			return ix.One(f)
		},
	},
}

func writeMICMissing(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s: the token promises a MIC and has none", h.Who(), h.Client())
	f.Evidence = ix.ShowAll(h, ", MIC promised and missing")
}
