package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var kerberosFallback = &Rule{
	Rule: report.Rule{
		ID: "kerberos-fallback", Title: "Negotiate fell back to NTLM", Severity: report.Low,
		Evidence:   "NTLM messages inside Negotiate. Where the client's list of mechanisms has Kerberos, it wanted Kerberos and did not get it; raw NTLM after Negotiate is only a note.",
		NotIf:      "A client without any Kerberos (curl, requests, a machine outside the domain) sends raw NTLM inside Negotiate as well.",
		Why:        "Negotiate prefers Kerberos. The client had no ticket for this service: no SPN for the name, no domain controller in reach, a local account, or a name that is an IP address. NTLM cannot be delegated.",
		Fix:        "Check the SPN (setspn -Q HTTP/host), duplicates (setspn -X), the name in the URL, and whether the client reaches a domain controller.",
		Log:        "Security log of the server: event 4624 with the package NTLM",
		References: []string{"RFC 4178 4.2", "RFC 4559 4.2"},
	},
	Fold: byServer,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.mech != mechNTLM || h.Scheme != "Negotiate" || h.Frames.Authenticate == 0 || h.Anonymous || h.LocalCall {
			return nil
		}
		f := ix.finding(report.Sure, h.client(), h.Account(), h)
		if !h.wantedKerberos() {
			f.level(report.Info)
		}
		f.tell = tellFallback
		return ix.one(f)
	},
}

// wantedKerberos reports whether the client offered Kerberos, with the NEGOTIATE or before.
func (h *handshakeState) wantedKerberos() bool {
	before := h.facts().chosen
	return h.kerberosWanted || before != nil && (before.kerberosWanted || before.mech == mechKerberos)
}

func tellFallback(ix *Index, f *Finding) {
	h := f.about[0]
	if h.wantedKerberos() {
		f.Summary = fmt.Sprintf("%s from %s wanted Kerberos at %s and used NTLM", h.who(), h.client(), ix.serverText(h))
	} else {
		f.Summary = fmt.Sprintf("%s from %s used NTLM inside Negotiate at %s", h.who(), h.client(), ix.serverText(h))
	}
	if h.facts().chosen != nil {
		f.Evidence = ix.showAll(h.facts().chosen, "")
	} else if h.kerberosWanted && h.Frames.Negotiate != 0 {
		f.Evidence = []report.Evidence{ix.show(h, h.Frames.Negotiate, true, "NEGOTIATE in SPNEGO, whose list of mechanisms has Kerberos")}
	}
	f.Evidence = append(f.Evidence, ix.showAll(h, ix.answersText(h))...)
}
