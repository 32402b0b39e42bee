package protocol

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// NTLMv1 is the rule ntlmv1: "NTLMv1 or LM in use".
var NTLMv1 = &trace.Rule{
	Rule: report.Rule{
		ID: "ntlmv1", Title: "NTLMv1 or LM in use", Severity: report.High,
		Evidence:   "An NT response of 24 bytes (NTLMv2 has at least 44), or an LM response alone.",
		NotIf:      "Event logs may say NTLM V1 for anonymous logons and for NTLMv2 (KB2701704): the wire decides.",
		Why:        "NTLMv1 and LM responses can be broken in minutes to hours: whoever reads the traffic gets the password hash.",
		Fix:        "Set LmCompatibilityLevel to 5 on servers and to 3 or more on clients. NTLMv1 is removed from Windows 11 24H2 and Server 2025.",
		References: []string{"MS-NLMP 2.2.2.6", "MS-NLMP 3.3.1"},
	},
	Fold: trace.ByClientUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			switch h.ResponseVersion {
			case ntlm.NTLMv1, ntlm.NTLMv1ESS, ntlm.LM:
			default:
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Write = writeNTLMv1
			return ix.One(f)
		},
	},
}

func writeNTLMv1(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s logs on with %s", h.Who(), h.Client(), versionText(h.ResponseVersion))
	f.Evidence = ix.ShowAll(h, ", "+versionText(h.ResponseVersion))
}

func versionText(v ntlm.ResponseVersion) string {
	if v == ntlm.NTLMv1ESS {
		return "NTLMv1 with extended session security"
	}
	return v.String()
}
