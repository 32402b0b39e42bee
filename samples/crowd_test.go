package samples

import (
	"bytes"
	"slices"
	"testing"
)

// TestCrowdIsWhatItSays holds crowds of every dress to what they promise: the
// same bytes for the same options, every incident, every healthy kind, and not
// too much of it all.
func TestCrowdIsWhatItSays(t *testing.T) {
	for i, d := range Dresses() {
		t.Run(d, func(t *testing.T) {
			t.Parallel()
			o := CrowdOptions{Seed: uint64(i + 1), Dress: d}
			c := NewCrowd(o)
			for tap, again := range NewCrowd(o).Captures {
				if !bytes.Equal(c.Captures[tap], again) {
					t.Error("the same options make another capture")
				}
			}
			t.Logf("%d packets, %d stories", c.Packets, len(c.Stories))
			if c.Packets > 20000 {
				t.Errorf("%d packets are too many", c.Packets)
			}
			var kinds []string
			for _, s := range c.Stories {
				kinds = append(kinds, s.Kind)
				incident := slices.ContainsFunc(crowdIncidents, func(a crowdAct) bool { return a.kind == s.Kind })
				if incident && (!s.Incident || len(s.Rules) == 0) {
					t.Errorf("%s is not planted", s.Kind)
				}
				if s.Frame == 0 {
					t.Errorf("nothing of %s was captured", s.Kind)
				}
			}
			for _, a := range slices.Concat(crowdIncidents, crowdHealthy) {
				if !slices.Contains(kinds, a.kind) {
					t.Errorf("%s does not happen", a.kind)
				}
			}
		})
	}
}
