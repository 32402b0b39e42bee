package analysis_test

import (
	"os"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
)

// TestTroubles holds which handshakes are in trouble, and which of them nothing
// explains.
func TestTroubles(t *testing.T) {
	for _, tt := range []struct {
		sample           string
		all, unexplained report.Troubles
	}{
		{"negotiate-unanswered/hit-asks-again", report.Troubles{Unanswered: 3}, report.Troubles{}},
		{"negotiate-unanswered/hit-page-needs-no-logon", report.Troubles{}, report.Troubles{}},
		{"negotiate-unanswered/miss-server-restarts", report.Troubles{Unanswered: 1}, report.Troubles{}},
		{"negotiate-unanswered/miss-falls-back-to-basic", report.Troubles{Unanswered: 1}, report.Troubles{}},
		{"error-after-logon/hit-once", report.Troubles{ErrorAfter: 1}, report.Troubles{}},
		{"error-after-logon/miss-one-broken-page", report.Troubles{ErrorAfter: 3}, report.Troubles{}},
		{"error-after-logon/miss-application-restarts", report.Troubles{ErrorAfter: 2}, report.Troubles{}},
		{"error-after-logon/miss-second-hop-explains-it", report.Troubles{Refused: 2, ErrorAfter: 2}, report.Troubles{}},
		{"error-after-logon/miss-site-behind-a-proxy-is-down", report.Troubles{ErrorAfter: 3}, report.Troubles{ErrorAfter: 3}},
		{"wrong-credentials/hit-old-password", report.Troubles{Refused: 1}, report.Troubles{}},
		{"handshake-abandoned/hit-prompt-cancelled", report.Troubles{}, report.Troubles{}},
	} {
		b, err := os.ReadFile("../samples/" + tt.sample + ".pcap")
		if err != nil {
			t.Error(err)
			continue
		}
		r, err := analysistest.Read(b, analysis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s := &r.Summary; s.Troubles != tt.all || s.Unexplained != tt.unexplained {
			t.Errorf("%s: in trouble %+v, unexplained %+v, want %+v and %+v", tt.sample, s.Troubles, s.Unexplained, tt.all, tt.unexplained)
		}
	}
}

// TestHealthy holds the one decision that nothing is wrong.
func TestHealthy(t *testing.T) {
	well := report.Summary{Handshakes: 2, Accepted: 2}
	for name, tt := range map[string]struct {
		change func(*report.Summary)
		want   bool
	}{
		"accepted":               {func(*report.Summary) {}, true},
		"one without an outcome": {func(s *report.Summary) { s.Handshakes = 3 }, true},
		"none with an outcome":   {func(s *report.Summary) { s.Accepted = 0 }, false},
		"no handshake":           {func(s *report.Summary) { *s = report.Summary{} }, false},
		"a finding":              {func(s *report.Summary) { s.Findings = 1 }, false},
		"refused":                {func(s *report.Summary) { s.Troubles.Refused = 1 }, false},
		"not answered":           {func(s *report.Summary) { s.Troubles.Unanswered = 1 }, false},
		"answered with an error": {func(s *report.Summary) { s.Troubles.ErrorAfter = 1 }, false},
	} {
		s := well
		if tt.change(&s); s.Healthy() != tt.want {
			t.Errorf("%s: %t", name, s.Healthy())
		}
	}
}
