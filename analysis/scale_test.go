package analysis_test

import (
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/samples"
)

var seeds = flag.Int("seeds", 3, "how many loads TestLoad plays, besides those with two addresses")

// TestLoad reads the traffic of many clients at once: what went wrong must be
// found, with the right user wherever the capture tells whose request it was,
// and nothing else.
func TestLoad(t *testing.T) {
	o := samples.LoadOptions{Clients: 1000, Duration: 10 * time.Minute}
	if testing.Short() {
		o.Clients, o.Duration = 200, 2*time.Minute
	}
	for seed := range *seeds {
		for _, o.TwoAddresses = range []bool{false, true} {
			o.Seed = uint64(seed + 1)
			t.Run(fmt.Sprintf("seed %d, two addresses %t", o.Seed, o.TwoAddresses), func(t *testing.T) {
				load := samples.NewLoad(o)
				r, err := analysistest.Read(load.Capture, analysis.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d packets, %d requests, %d handshakes, %d incidents", r.Summary.Packets, r.Summary.Requests, r.Summary.Handshakes, len(load.Incidents))
				newJudge(r.Findings).judge(t, load.Incidents)
			})
		}
	}
}

// judge compares findings with what happened.
type judge struct {
	left                []*claim
	right, wrong        int // attributions of incidents of which the capture tells the user
	named, guessed, own int // of the others: as one of several, as somebody else, rightly
}

// claim is a finding of a rule that has incidents.
type claim struct {
	*report.Finding
	count int // occurrences that no incident explains yet
}

func newJudge(findings []*report.Finding) *judge {
	j := &judge{}
	for _, f := range findings {
		if id := f.Rule.ID; misuse(id) || astray(id) || id == "pass-through-proxy" {
			j.left = append(j.left, &claim{f, f.Count})
		}
	}
	return j
}

func (j *judge) judge(t *testing.T, incidents []samples.Incident) {
	t.Helper()
	for _, fits := range []func(*claim, samples.Incident) bool{(*claim).names, (*claim).namesAmongOthers, (*claim).isLike} {
		incidents = slices.DeleteFunc(slices.Clone(incidents), func(in samples.Incident) bool { return j.explains(t, in, fits) })
	}
	for _, in := range incidents {
		t.Errorf("not found: %+v", in)
	}
	for _, c := range j.left {
		if c.count > 0 && !byService(c.Finding) {
			t.Errorf("invented %d times: %s %s/%s: %s", c.count, c.Rule.ID, c.Severity, c.Confidence, c.Summary)
		}
	}
	t.Logf("user right %d, wrong %d; where the capture does not tell: one of several %d, right %d, wrong %d", j.right, j.wrong, j.named, j.own, j.guessed)
	if total := j.right + j.wrong; j.wrong*100 > total {
		t.Errorf("%d of %d users are wrong", j.wrong, total)
	}
	if j.guessed > 0 {
		t.Errorf("%d users are guessed where one of several has to be said", j.guessed)
	}
}

// explains takes an incident out of the claim that fits it, if there is one.
func (j *judge) explains(t *testing.T, in samples.Incident, fits func(*claim, samples.Incident) bool) bool {
	t.Helper()
	i := slices.IndexFunc(j.left, func(c *claim) bool { return c.isLike(in) && fits(c, in) })
	if i < 0 {
		return false
	}
	c := j.left[i]
	c.count--
	switch {
	case in.Decided && c.names(in):
		j.right++
	case in.Decided:
		j.wrong++
		t.Logf("%+v was found as: %s", in, c.Summary)
	case c.names(in):
		j.own++
	case c.namesAmongOthers(in):
		j.named++
	default:
		j.guessed++
		t.Logf("%+v was found as: %s", in, c.Summary)
	}
	return true
}

// isLike reports whether c has an occurrence left that may be the incident.
func (c *claim) isLike(in samples.Incident) bool {
	return c.count > 0 && c.Rule.ID == in.Rule && sameServers(c.Servers, in.Servers)
}

// names reports whether c is about the user of the incident and nobody else.
func (c *claim) names(in samples.Incident) bool { return c.User == in.User && c.Client == in.Client }

// namesAmongOthers reports whether c leaves open whose request it was, and says
// that it may have been that user's.
func (c *claim) namesAmongOthers(in samples.Incident) bool {
	return c.User == "" && strings.Contains(c.Summary, "one of ") && strings.Contains(c.Summary, in.User)
}

func sameServers(a, b []netip.AddrPort) bool {
	for _, s := range b {
		if !slices.Contains(a, s) {
			return false
		}
	}
	return len(a) == len(b)
}

// byService reports whether f is about the account with which the front end
// asks the back ends: that is no incident.
func byService(f *report.Finding) bool {
	return f.Rule.ID == "double-hop-identity-changed" && f.Severity == report.Info && strings.Contains(f.Summary, `CORP\svc-web`)
}
