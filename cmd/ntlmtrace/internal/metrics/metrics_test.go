package metrics

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

func TestMetricsAddress(t *testing.T) {
	tests := []struct {
		in, want string // want is empty: refused
	}{
		{"9464", "127.0.0.1:9464"},
		{":9464", "127.0.0.1:9464"},
		{"127.0.0.1:0", "127.0.0.1:0"},
		{"0.0.0.0:9464", "0.0.0.0:9464"},
		{"[::]:9464", "[::]:9464"},
		{"web01.corp.example:9464", "web01.corp.example:9464"},
		{"web01", ""},
		{"web01:http", ""},
		{"65536", ""},
		{"::1", ""},
		{":", ""},
	}
	for _, tt := range tests {
		got, err := Address(tt.in)
		if got != tt.want || (err != nil) != (tt.want == "") || err != nil && !errors.As(err, new(usage.Error)) {
			t.Errorf("%q gives %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

var testReasons = []Reason{{Key: "gaps", Family: "not_read", Label: "gap", Help: "What was captured and could not be read, by reason."}}

// TestMetricsAreClean holds names and types to the conventions of Prometheus.
func TestMetricsAreClean(t *testing.T) {
	m := New("(test)", rules.Texts(), testReasons)
	m.Handshake(&report.Handshake{Scheme: "NTLM", Mechanism: "NTLM", Carrier: "http"})
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestMetricsAreBounded sends schemes that nobody has heard of: they are one.
func TestMetricsAreBounded(t *testing.T) {
	m := New("(test)", rules.Texts(), testReasons)
	for i := range 100 {
		scheme := strings.Repeat("x", i+1)
		m.Handshake(&report.Handshake{Scheme: scheme, Mechanism: scheme, Carrier: "http"})
	}
	if n := testutil.CollectAndCount(m.handshakes); n != 1 {
		t.Errorf("%d counters", n)
	}
	if v := testutil.ToFloat64(m.handshakes.WithLabelValues("other", "other", "http", "unknown")); v != 100 {
		t.Errorf("it counts %v", v)
	}
}

// TestNoMetrics holds that without --metrics nothing is counted, or listened
// to.
func TestNoMetrics(t *testing.T) {
	s, err := Listen("")
	if s != nil || err != nil {
		t.Fatal(s, err)
	}
	m := s.Serve(notes.To(io.Discard), "(test)", nil, nil)
	m.Handshake(&report.Handshake{})
	m.Finding(&report.Finding{})
	m.Update(&watch.Health{})
	s.Close()
}
