package tui

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// fewSamples are the captures of a small office in trouble.
var fewSamples = []string{
	"double-hop.pcap",
	"basic-forwarded/hit-reverse-proxy.pcap",
	"ntlm-relay/hit-mic-removed.pcap",
	"handshake-split/hit-*.pcap",
	"wrong-credentials/hit-*.pcap",
	"kerberos-fallback/hit-*.pcap",
	"target-named-by-ip/hit-*.pcap",
}

// manySamples are all captures in which something is found.
var manySamples = []string{"double-hop.pcap", "*/hit-*.pcap"}

// asked is the time at which the samples are looked at.
var asked = time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)

// showSamples reads samples one after the other, as a capture goes on, tells
// their findings and gives what the health of the capture is then.
func showSamples(t testing.TB, tell func(*report.Finding, result.Locator), patterns ...string) *watch.Health {
	t.Helper()
	h := &watch.Health{
		At: asked, Since: asked.Add(-72*time.Minute - 9*time.Second), Interfaces: []string{"eth0", "eth1"},
		Counters:   report.Counters{{Key: "tls_connections", Brief: "TLS"}, {Key: "gaps", Brief: "gaps"}, {Key: "one_sided", Brief: "one-sided"}},
		PacketRate: 12345.6, ByteRate: 8.1e6, Memory: 34<<20 + 200<<10,
	}
	var last int64
	hops := map[hopKey]bool{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("../../../../samples", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no samples: %v", pattern, err)
		}
		for _, name := range names {
			base := last
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found, err := analysistest.Read(text, analysis.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found.Revisions {
				f.ID += base
				last = max(last, f.ID)
				tell(&f, &captures{[]string{name}})
			}
			addSample(h, found.Report, base, hops)
		}
	}
	return h
}

// addSample adds what one sample held. Samples have the same addresses: a hop
// that was there before is left out.
func addSample(h *watch.Health, r report.Report, base int64, hops map[hopKey]bool) {
	s, m := &h.Summary, &r.Summary
	s.Connections += m.Connections
	s.Requests += m.Requests
	s.Handshakes += m.Handshakes
	s.Accepted += m.Accepted
	s.Denied += m.Denied
	h.Counters[0].Value += m.NotRead.TLSConnections
	h.Counters[1].Value += m.NotRead.Gaps
	h.Counters[2].Value += m.NotRead.OneSided
	h.Packets += m.Packets
	h.Bytes += 612 * m.Packets
	for _, p := range r.Hops.All() {
		if k := keyOf(&p); !hops[k] {
			hops[k] = true
			for i := range p.Findings {
				p.Findings[i] += base
			}
			h.Hops = append(h.Hops, p)
		}
	}
}

// sampleScreen is a screen of the samples, at a time that stands still.
func sampleScreen(t testing.TB, width, height int, patterns ...string) *screen {
	t.Helper()
	b := newBoard()
	now := asked.Add(-time.Minute)
	b.now = func() time.Time {
		now = now.Add(time.Second)
		return now
	}
	h := showSamples(t, b.finding, patterns...)
	b.now = func() time.Time { return asked }
	b.note("eth1: link is up again after 4 s")
	b.report(h)
	s := &screen{board: b}
	s.resize(width, height)
	s.tick(asked)
	return s
}
