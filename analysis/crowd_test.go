package analysis_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/samples"
)

// crowdSeedsByDefault shows every incident in every dress once.
const crowdSeedsByDefault = 10

// crowdPackets is how many packets the captures of a crowd may have.
const crowdPackets = 20_000

var crowdSeeds = flag.Int("crowd.seeds", crowdSeedsByDefault, "how many crowds TestCrowd reads")

// TestCrowd reads crowds: every incident must be found, under one of its rules
// and with its user, and nothing may be invented above info.
func TestCrowd(t *testing.T) {
	var mu sync.Mutex
	played := map[string]bool{}
	t.Run("seeds", func(t *testing.T) {
		for i := range *crowdSeeds {
			dresses := samples.Dresses()
			o := samples.CrowdOptions{Seed: uint64(i + 1), Dress: dresses[i%len(dresses)]}
			t.Run(fmt.Sprintf("%d-%s", o.Seed, o.Dress), func(t *testing.T) {
				t.Parallel()
				c := samples.NewCrowd(o)
				if c.Packets > crowdPackets {
					t.Errorf("%d packets, want %d at most", c.Packets, crowdPackets)
				}
				findings, handshakes := readCrowd(t, &c)
				for _, fault := range judgeCrowd(&c, findings, handshakes) {
					t.Error(fault)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, s := range c.Stories {
					played[o.Dress+": "+s.Kind] = true
				}
			})
		}
	})
	if *crowdSeeds < crowdSeedsByDefault {
		return
	}
	for _, d := range samples.Dresses() {
		for _, kind := range samples.CrowdIncidents() {
			if !played[d+": "+kind] {
				t.Errorf("%s: %s never happened", d, kind)
			}
		}
	}
}

// judgeCrowd compares findings with what happened. Each fault is one line.
func judgeCrowd(c *samples.Crowd, findings []*report.Finding, handshakes []report.Handshake) (faults []string) {
	of := map[int64]*report.Handshake{}
	for i := range handshakes {
		of[handshakes[i].ID] = &handshakes[i]
	}
	claims := make([]crowdClaim, len(findings))
	for i, f := range findings {
		claims[i] = crowdClaim{Finding: f}
		for _, e := range f.Evidence {
			claims[i].concerns(c.Owners(e.Source, e.Frame))
		}
		for _, id := range f.Handshakes { // of a row that was seen several times
			if h := of[id]; h != nil {
				claims[i].concerns(c.Owners(h.Conn.Source, max(h.Frames.Authenticate, h.Frames.Challenge)))
			}
		}
	}
	add := func(kind, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("seed %d, %s, %s, ", c.Seed, c.Dress, kind)+fmt.Sprintf(format, args...))
	}
	for _, s := range c.Stories {
		if !s.Incident || slices.ContainsFunc(claims, func(f crowdClaim) bool { return f.finds(s) }) {
			continue
		}
		var instead []string
		for _, f := range claims {
			if slices.Contains(f.owners, s) {
				instead = append(instead, fmt.Sprintf("%s %s/%s of %q", f.Rule.ID, f.Severity, f.Confidence, f.User))
			}
		}
		add(s.Kind, "not found: want %s %s of %q, from frame %d of tap %d; found of it: %s",
			strings.Join(s.Rules, " or "), s.Severity, s.User, s.Frame, s.Tap, strings.Join(instead, ", "))
	}
	for _, f := range claims {
		if f.Severity <= report.Info || slices.ContainsFunc(f.owners, func(s *samples.CrowdStory) bool { return slices.Contains(s.Allowed, f.Rule.ID) }) {
			continue
		}
		kind, frame := "nobody", int64(0)
		if len(f.owners) > 0 {
			kind = f.owners[0].Kind
		}
		if len(f.Evidence) > 0 {
			frame = f.Evidence[0].Frame
		}
		add(kind, "invented: %s %s/%s of %q, frame %d: %s", f.Rule.ID, f.Severity, f.Confidence, f.User, frame, f.Summary)
	}
	return faults
}

// crowdClaim is a finding with the stories that its evidence and its
// handshakes are of, those of the evidence first.
type crowdClaim struct {
	*report.Finding
	owners []*samples.CrowdStory
}

func (f *crowdClaim) concerns(stories []*samples.CrowdStory) {
	for _, s := range stories {
		if !slices.Contains(f.owners, s) {
			f.owners = append(f.owners, s)
		}
	}
}

// finds reports whether the finding is the one that the story asks for.
func (f crowdClaim) finds(s *samples.CrowdStory) bool {
	switch {
	case !slices.Contains(s.Rules, f.Rule.ID) || !slices.Contains(f.owners, s):
		return false
	case s.Severity != "" && f.Severity.String() != s.Severity, f.Severity <= report.Info:
		return false
	case s.User == "" || f.User == s.User:
		return true
	}
	return !s.Decided && f.User == "" && strings.Contains(f.Summary, s.User)
}

// readCrowd analyses the captures of a crowd, side by side if they are several.
func readCrowd(t *testing.T, c *samples.Crowd) ([]*report.Finding, []report.Handshake) {
	t.Helper()
	if len(c.Captures) > 1 {
		findings, handshakes, err := readTaps(c.Captures)
		if err != nil {
			t.Fatal(err)
		}
		return findings, handshakes
	}
	r, err := analysistest.Read(c.Captures[0], analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Findings, r.Handshakes
}
