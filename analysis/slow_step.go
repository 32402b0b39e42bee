package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"time"
)

// What counts as slow, the round trip taken off.
const (
	slowChallenge    = time.Second
	slowAuthenticate = 2 * time.Second
	slowResult       = 2 * time.Second
)

var slowStep = &Rule{
	Rule: report.Rule{
		ID: "slow-step", Title: "A slow step in a handshake", Severity: report.Info,
		Evidence:   "NEGOTIATE to CHALLENGE above 1 s, CHALLENGE to AUTHENTICATE above 2 s, or AUTHENTICATE to the answer above 2 s, the round trip of the connection taken off.",
		NotIf:      "The last step includes the application's own work; the second the time that a user needs to type a password.",
		Why:        "The first step is the server alone, the second the client (a prompt, a smart card, a search for a domain controller), the third the domain controller or the application.",
		Fix:        "For the third step compare with requests on connections that are already logged on: if these are fast, look at the path to the domain controller (MaxConcurrentApi).",
		References: []string{"MS-NRPC 3.5.4.5"},
	},
	Fold: byClientServers,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.mech != mechNTLM {
			return nil
		}
		rtt := h.leg.rtt()
		var took time.Duration
		var step string
		var from, to report.Evidence
		switch {
		case h.step().Result-rtt > slowResult:
			step, took, from = "the answer to the AUTHENTICATE", h.step().Result, ix.showCredentials(h, "")
			to, _ = ix.showResult(h)
		case h.step().Authenticate-rtt > slowAuthenticate:
			step, took, from, to = "the client's AUTHENTICATE", h.step().Authenticate, ix.showChallenge(h), ix.showCredentials(h, "")
		case h.step().Challenge-rtt > slowChallenge:
			step, took, from, to = "the CHALLENGE", h.step().Challenge, ix.show(h, h.Frames.Negotiate, true, "NEGOTIATE"), ix.showChallenge(h)
		default:
			return nil
		}
		f := ix.finding(report.Sure, h.client(), h.Account(), h)
		f.Summary = fmt.Sprintf("%s at %s: %s took %s", h.client(), ix.serverText(h), step, seconds(took))
		to.Text += ", " + seconds(took) + " later"
		f.Evidence = []report.Evidence{from, to}
		return ix.one(f)
	},
}
