package main

import (
	"io"
	"net/http"
	"ntlmtrace/analysis/report"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
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
		got, err := metricsAddress(tt.in)
		if got != tt.want || (err != nil) != (tt.want == "") || err != nil && exitStatus(err) != exitUsage {
			t.Errorf("%q gives %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

// scrape reads the metrics of a run while it runs.
func scrape(t *testing.T, stderr string) string {
	t.Helper()
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`).FindString(stderr)
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return string(text)
}

// TestMetrics scrapes a capture that is running.
func TestMetrics(t *testing.T) {
	var text string
	var r *liveRunOf
	r = newLiveRunOf(
		packets(samplePackets(t, "double-hop.pcap")...),
		then(func(s *script) { s.stats.Dropped = 7 }),
		quiet(time.Second),
		then(func(*script) { text = scrape(t, r.stderr.String()) }),
		packets(samplePackets(t, "basic-second-hop.pcap")[0]), // the counters are left alone by a scrape
	)
	r.start(t, "--metrics", "127.0.0.1:0")
	for _, want := range []string{
		"ntlmtrace_packets_total 22\n",
		"ntlmtrace_bytes_total 4680\n",
		"ntlmtrace_connections_total 2\n",
		"ntlmtrace_requests_total 4\n",
		`ntlmtrace_handshakes_total{carrier="http",mechanism="NTLM",outcome="accepted",scheme="NTLM"} 1` + "\n",
		`ntlmtrace_handshakes_total{carrier="http",mechanism="NTLM",outcome="denied",scheme="NTLM"} 1` + "\n",
		`ntlmtrace_findings_total{rule="double-hop-token-replay",severity="high"} 1` + "\n",
		`ntlmtrace_findings_total{rule="ntlm-relay",severity="high"} 0` + "\n",
		`ntlmtrace_drops_total{reason="kernel"} 7` + "\n",
		`ntlmtrace_drops_total{reason="output"} 0` + "\n",
		`ntlmtrace_not_read_total{reason="tls_connection"} 0` + "\n",
		`ntlmtrace_handshake_step_seconds_count{step="challenge"} 1` + "\n",
		`ntlmtrace_handshake_step_seconds_count{step="result"} 2` + "\n",
		`ntlmtrace_handshake_step_seconds_bucket{step="result",le="0.001"} 2` + "\n",
		`ntlmtrace_build_info{goversion="go1.`,
		"ntlmtrace_memory_bytes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "alice") || strings.Contains(text, "10.9.0") {
		t.Errorf("the metrics name somebody:\n%s", text)
	}
	if r.status != exitDone || strings.Contains(r.stderr.String(), "warning") {
		t.Errorf("exit status %d: %s", r.status, &r.stderr)
	}
}

// TestMetricsAreClean holds names and types to the conventions of Prometheus.
func TestMetricsAreClean(t *testing.T) {
	m := newMetrics()
	m.handshake(&report.Handshake{Scheme: "NTLM", Mechanism: "NTLM", Carrier: "http"})
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
	m := newMetrics()
	for i := range 100 {
		scheme := strings.Repeat("x", i+1)
		m.handshake(&report.Handshake{Scheme: scheme, Mechanism: scheme, Carrier: "http"})
	}
	if n := testutil.CollectAndCount(m.handshakes); n != 1 {
		t.Errorf("%d counters", n)
	}
	if v := testutil.ToFloat64(m.handshakes.WithLabelValues("other", "other", "http", "unknown")); v != 100 {
		t.Errorf("it counts %v", v)
	}
}

// TestNoMetrics holds that without --metrics nothing is counted, or listened to.
func TestNoMetrics(t *testing.T) {
	s, err := listenMetrics("")
	if s != nil || err != nil {
		t.Fatal(s, err)
	}
	m := s.serve(notes{io.Discard})
	m.handshake(&report.Handshake{})
	m.finding(&report.Finding{})
	m.update(&liveHealth{})
	s.close()
}
