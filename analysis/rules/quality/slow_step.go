package quality

import (
	"fmt"
	"slices"
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
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByClientServers(f)
		k.User = f.Kind
		return k
	},
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.NTLM || ix.Named(h, "dc-bottleneck") {
				return nil
			}
			rtt, took := h.Conn.RTT(), h.Step()
			for i, s := range steps {
				if s.of(took)-rtt > s.slow {
					f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
					f.Kind = s.name
					f.Write = func(ix *trace.Index, f *trace.Finding) { writeSlow(ix, f, &steps[i]) }
					return ix.One(f)
				}
			}
			return nil
		},
	},
}

// step is one step of a handshake.
type step struct {
	name     string
	slow     time.Duration
	of       func(report.Steps) time.Duration
	show     func(*trace.Index, *trace.Handshake) (from, to report.Evidence)
	why, fix string
}

// steps are those of a handshake, in the order in which they are looked at.
var steps = [...]step{
	{
		name: "the answer to the AUTHENTICATE", slow: slowResult,
		of: func(s report.Steps) time.Duration { return s.Result },
		show: func(ix *trace.Index, h *trace.Handshake) (from, to report.Evidence) {
			to, _ = ix.ShowResult(h)
			return ix.ShowCredentials(h, ""), to
		},
		why: "In this step the server asks a domain controller, and then the application does what was asked for.",
		fix: "Compare with requests on connections that are already logged on: if these are fast, the domain controller or the way to it is slow (dc-bottleneck, MaxConcurrentApi); if they are slow too, it is the application.",
	},
	{
		name: "the client's AUTHENTICATE", slow: slowAuthenticate,
		of: func(s report.Steps) time.Duration { return s.Authenticate },
		show: func(ix *trace.Index, h *trace.Handshake) (from, to report.Evidence) {
			return ix.ShowChallenge(h), ix.ShowCredentials(h, "")
		},
		why: "In this step the client alone is at work: somebody types a password or looks for a smart card, or the client searches for a domain controller.",
		fix: "If nobody was asked for a password: on the client nltest /dsgetdc:DOMAIN and the time that it takes, DNS, and proxy settings; for a program what it does before it answers.",
	},
	{
		name: "the CHALLENGE", slow: slowChallenge,
		of: func(s report.Steps) time.Duration { return s.Challenge },
		show: func(ix *trace.Index, h *trace.Handshake) (from, to report.Evidence) {
			return ix.Show(h, h.Frames.Negotiate, true, "NEGOTIATE"), ix.ShowChallenge(h)
		},
		why: "The CHALLENGE takes no domain controller: the server, or what is before it, was busy (a queue, an application pool that starts, too few helpers of a proxy).",
		fix: "At the server: processor time, http.sys queues (httperr log), start of the application pool. Squid: more ntlm_auth children (auth_param ntlm children, with a startup and idle number).",
	},
}

func writeSlow(ix *trace.Index, f *trace.Finding, s *step) {
	h := f.About[0]
	took := trace.Seconds(s.of(h.Step()))
	f.Summary = fmt.Sprintf("%s at %s: %s took %s", h.Client(), ix.ServerText(h), s.name, took)
	from, to := s.show(ix, h)
	to.Text += ", " + took + " later"
	f.Evidence = []report.Evidence{from, to}
	f.Why, f.Fix = s.why, s.fix
	if usual, n := usualStep(ix, h, s); n > 1 {
		f.Detail = fmt.Sprintf(" In the %d logons at this server before it took %s in the middle.", n, trace.Seconds(usual))
	}
}

// usualStep returns how long the same step took in the latest logons at the
// server of h, in the middle, and how many these are.
func usualStep(ix *trace.Index, h *trace.Handshake, s *step) (time.Duration, int) {
	var all []time.Duration
	for x := range ix.LatestAt(h) {
		if d := s.of(x.Step()); x != h && d > 0 && x.ID < h.ID {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	return all[len(all)/2], len(all)
}
