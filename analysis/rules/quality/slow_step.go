package quality

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// What counts as slow, the round trip taken off.
const (
	slowChallenge    = time.Second
	slowAuthenticate = 2 * time.Second
	slowResult       = 2 * time.Second
)

// SlowStep is the rule slow-step: "A slow step in a handshake".
var SlowStep = &trace.Rule{
	Rule: report.Rule{
		ID: "slow-step", Title: "A slow step in a handshake", Severity: report.Info,
		Evidence:   "NEGOTIATE to CHALLENGE above 1 s, CHALLENGE to AUTHENTICATE above 2 s, or AUTHENTICATE to the answer above 2 s, the round trip of the connection taken off.",
		NotIf:      "The last step includes the application's own work; the second the time that a user needs to type a password.",
		Why:        "The first step is the server alone, the second the client (a prompt, a smart card, a search for a domain controller), the third the domain controller or the application.",
		Fix:        "For the third step compare with requests on connections that are already logged on: if these are fast, look at the path to the domain controller (MaxConcurrentApi).",
		References: []string{"MS-NRPC 3.5.4.5"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.NTLM {
				return nil
			}
			rtt := h.Conn.RTT()
			var took time.Duration
			var step string
			var from, to report.Evidence
			switch {
			case h.Step().Result-rtt > slowResult:
				step, took, from = "the answer to the AUTHENTICATE", h.Step().Result, ix.ShowCredentials(h, "")
				to, _ = ix.ShowResult(h)
			case h.Step().Authenticate-rtt > slowAuthenticate:
				step, took, from, to = "the client's AUTHENTICATE", h.Step().Authenticate, ix.ShowChallenge(h), ix.ShowCredentials(h, "")
			case h.Step().Challenge-rtt > slowChallenge:
				step, took, from, to = "the CHALLENGE", h.Step().Challenge, ix.Show(h, h.Frames.Negotiate, true, "NEGOTIATE"), ix.ShowChallenge(h)
			default:
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Summary = fmt.Sprintf("%s at %s: %s took %s", h.Client(), ix.ServerText(h), step, trace.Seconds(took))
			to.Text += ", " + trace.Seconds(took) + " later"
			f.Evidence = []report.Evidence{from, to}
			return ix.One(f)
		},
	},
}
