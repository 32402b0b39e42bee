package analysis_test

import (
	"fmt"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/samples"
)

// TestLittleMemory reads the traffic of many clients with room for few of their
// logons, so that many leave before they are over: each is given out, and
// counted once.
func TestLittleMemory(t *testing.T) {
	load := samples.NewLoad(samples.LoadOptions{Seed: 7, Clients: 200, Duration: 2 * time.Minute})
	all, err := analysistest.Read(load.Capture, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{1, 64 << 10, 256 << 10, 1 << 20} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			r, err := analysistest.Read(load.Capture, analysis.Options{MaxMemory: memory})
			if err != nil {
				t.Fatal(err)
			}
			if r.Summary.Requests != all.Summary.Requests || len(r.Handshakes) < len(all.Handshakes) || int(r.Summary.Handshakes) != len(r.Handshakes) {
				t.Errorf("%d handshakes were given out and %d counted, with room for all %d", len(r.Handshakes), r.Summary.Handshakes, len(all.Handshakes))
			}
			if r.Summary.NotRead.ForgottenEarly == 0 && memory < 1<<20 {
				t.Error("nothing is said to be forgotten")
			}
		})
	}
}
