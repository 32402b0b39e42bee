package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

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
		packets(samplestest.Packets(t, "double-hop.pcap")...),
		then(func(s *script) { s.stats.Dropped = 7 }),
		quiet(time.Second),
		then(func(*script) { text = scrape(t, r.stderr.String()) }),
		packets(samplestest.Packets(t, "basic-second-hop.pcap")[0]), // the counters are left alone by a scrape
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
