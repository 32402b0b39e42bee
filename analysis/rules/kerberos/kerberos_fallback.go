package kerberos

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// Fallback is the rule kerberos-fallback: "Negotiate fell back to NTLM".
var Fallback = &trace.Rule{
	Rule: report.Rule{
		ID: "kerberos-fallback", Title: "Negotiate fell back to NTLM", Severity: report.Low,
		Evidence:   "NTLM messages inside Negotiate. Where the client's list of mechanisms has Kerberos, it wanted Kerberos and did not get it; raw NTLM after Negotiate is only a note.",
		NotIf:      "A client without any Kerberos (curl, requests, a machine outside the domain) sends raw NTLM inside Negotiate as well.",
		Why:        "Negotiate prefers Kerberos. The client had no ticket for this service: no SPN for the name, no domain controller in reach, a local account, or a name that is an IP address. NTLM cannot be delegated.",
		Fix:        "Check the SPN (setspn -Q HTTP/host), duplicates (setspn -X), the name in the URL, and whether the client reaches a domain controller.",
		Log:        "Security log of the server: event 4624 with the package NTLM",
		References: []string{"RFC 4178 4.2", "RFC 4559 4.2"},
	},
	Fold: trace.ByServer,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.NTLM || h.Scheme != "Negotiate" || h.Frames.Authenticate == 0 || h.Anonymous || h.LocalCall {
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			if !wantedKerberos(h) {
				f.Level(report.Info)
			}
			f.Write = writeFallback
			return ix.One(f)
		},
	},
}

// wantedKerberos reports whether the client offered Kerberos, with the
// NEGOTIATE or before.
func wantedKerberos(h *trace.Handshake) bool {
	before := h.Extra().Chosen
	return h.KerberosWanted || before != nil && (before.KerberosWanted || before.Mechanism == trace.Kerberos)
}

func writeFallback(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	if wantedKerberos(h) {
		f.Summary = fmt.Sprintf("%s from %s wanted Kerberos at %s and used NTLM", h.Who(), h.Client(), ix.ServerText(h))
	} else {
		f.Summary = fmt.Sprintf("%s from %s used NTLM inside Negotiate at %s", h.Who(), h.Client(), ix.ServerText(h))
	}
	if h.Extra().Chosen != nil {
		f.Evidence = ix.ShowAll(h.Extra().Chosen, "")
	} else if h.KerberosWanted && h.Frames.Negotiate != 0 {
		f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Negotiate, true, "NEGOTIATE in SPNEGO, whose list of mechanisms has Kerberos")}
	}
	f.Evidence = append(f.Evidence, ix.ShowAll(h, ix.AnswersText(h))...)
}
