package protocol

import (
	"fmt"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// NTLMv1 is the rule ntlmv1: "NTLMv1 or LM in use".
var NTLMv1 = &trace.Rule{
	Rule: report.Rule{
		ID: "ntlmv1", Title: "NTLMv1 or LM in use", Severity: report.High,
		Evidence:   "An NT response of 24 bytes (NTLMv2 has at least 44), or an LM response alone. Where the logon is refused and nothing else explains it, that is the cause.",
		NotIf:      "A refusal counts as its effect only where that server accepts no such response. Event logs may say NTLM V1 for anonymous logons and for NTLMv2 (KB2701704): the wire decides.",
		Why:        "NTLMv1 and LM responses can be broken in minutes to hours: whoever reads the traffic gets the password hash.",
		Fix:        "Set LmCompatibilityLevel to 5 on servers and to 3 or more on clients. NTLMv1 is removed from Windows 11 24H2 and Server 2025.",
		References: []string{"MS-NLMP 2.2.2.6", "MS-NLMP 3.3.1"},
	},
	Cause: true,
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByClientUser(f)
		k.Servers = f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		v := oldResponses{recent.New[uint64, bool](1 << 12)}
		return trace.Questions{OnHandshake: v.onHandshake, OnSettled: v.onSettled}
	},
}

// oldResponses are the sites that accepted a response of old.
type oldResponses struct {
	accepted *recent.Map[uint64, bool]
}

// isOld reports whether h carries a response that is not NTLMv2.
func isOld(h *trace.Handshake) bool {
	switch h.ResponseVersion {
	case ntlm.NTLMv1, ntlm.NTLMv1ESS, ntlm.LM:
		return true
	}
	return false
}

// mayBeCause reports whether h was refused and nothing but its version explains
// that by now.
func mayBeCause(h *trace.Handshake) bool {
	return h.Refused() && h.Relation == nil && h.Extra().Cause == 0 && h.Frames.Challenge != 0
}

func (v oldResponses) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if !isOld(h) {
		return nil
	}
	if h.Outcome == report.Accepted {
		v.accepted.Set(h.Site(), true)
	}
	if mayBeCause(h) && !v.accepted.Has(h.Site()) {
		return nil // what follows tells whether the server accepts such responses
	}
	return v.report(ix, h)
}

// onSettled reports a refusal that was put off: it explains itself if that
// server accepts no such response.
func (v oldResponses) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if !isOld(h) || !h.Refused() || ix.Named(h, "ntlmv1") {
		return nil
	}
	if v.accepted.Has(h.Site()) || ix.NamedBefore(h, "ntlmv1") {
		return v.report(ix, h)
	}
	f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Kind = "refused"
	f.Why = "The server refused the logon, and accepted none with such a response: it may demand NTLMv2 (LmCompatibilityLevel 5), which answers exactly so, whatever the password. " +
		"NTLMv1 and LM responses can be broken in minutes to hours besides."
	f.Fix = "Windows: set LmCompatibilityLevel to 3 or more on the client (security option \"LAN Manager authentication level\"). " +
		"A program: use a library that speaks NTLMv2, in a current version. Java: jcifs-ng, or Apache HttpClient 4 or later, and not jcifs 1.3; Python: requests-ntlm or pyspnego; Perl: Authen::NTLM with ntlmv2('sp'); " +
		"cntlm: Auth NTLMv2; Samba clients: client ntlmv2 auth = yes; printers and scanners: new firmware. If it is refused with NTLMv2 too, check the password. " +
		"Only as a stop-gap let the server take it: Samba: ntlm auth = ntlmv1-permitted; Windows up to Server 2022: LmCompatibilityLevel below 5 on the domain controllers."
	f.Log = "Security log: event 4625 with Package Name NTLM V1, or 4776 with 0xC000006A on the domain controller; Samba: log.smbd or log.winbindd, NT_STATUS_WRONG_PASSWORD with \"NTLMv1 passwords NOT PERMITTED\""
	f.Write = writeNTLMv1
	return ix.One(f)
}

func (v oldResponses) report(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
	f.Subjects = []*trace.Handshake{h}
	f.Write = writeNTLMv1
	return ix.One(f)
}

func writeNTLMv1(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s logs on with %s", h.Who(), h.Client(), versionText(h.ResponseVersion))
	if f.Kind != "" {
		f.Summary += fmt.Sprintf(", which %s refused", ix.ServerText(h))
	}
	f.Evidence = ix.ShowAll(h, ", "+versionText(h.ResponseVersion))
}

func versionText(v ntlm.ResponseVersion) string {
	if v == ntlm.NTLMv1ESS {
		return "NTLMv1 with extended session security"
	}
	return v.String()
}
