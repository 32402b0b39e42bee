package samples

import (
	"bytes"
	"testing"
	"time"
)

// TestLoadIsWhatItSays holds a load to its options: the same ones make the same
// bytes, and every kind of trouble happens.
func TestLoadIsWhatItSays(t *testing.T) {
	o := LoadOptions{Seed: 7, Clients: 100, Duration: time.Minute}
	a, b := NewLoad(o), NewLoad(o)
	if !bytes.Equal(a.Capture, b.Capture) {
		t.Error("the same options make another capture")
	}
	o.Seed++
	if bytes.Equal(a.Capture, NewLoad(o).Capture) {
		t.Error("another seed makes the same capture")
	}
	kinds := map[string]int{}
	for _, in := range a.Incidents {
		kinds[in.Rule]++
		if in.Frame == 0 || in.User == "" || !in.Client.IsValid() || len(in.Servers) == 0 {
			t.Errorf("%+v lacks something", in)
		}
	}
	for _, rule := range []string{
		"double-hop-token-replay", "double-hop-token-forwarded", "double-hop-anonymous", "double-hop-no-credentials",
		"double-hop-identity-changed", "handshake-split", "identity-bleed", "stale-token-resent", "pass-through-proxy",
	} {
		if kinds[rule] == 0 {
			t.Errorf("no incident for %s", rule)
		}
	}
}
