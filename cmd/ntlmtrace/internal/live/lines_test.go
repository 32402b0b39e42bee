package live

import (
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// TestHealthLine holds that nothing is lost without a word.
func TestHealthLine(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	last := &watch.Health{At: at, Packets: 100, Kernel: 1, Own: 1, Counters: report.Counters{{Key: run.OutputDrops, Value: 1}}}
	h := &watch.Health{At: at.Add(time.Minute), Packets: 1300, Kernel: 8, Own: 30, Lost: 20, Memory: 5 << 20, Counters: report.Counters{
		{Key: "gaps", Brief: "gaps", Value: 2}, {Key: "dropped_bytes", Brief: "bytes out of order dropped", Value: 1500}, {Key: run.OutputDrops, Value: 3},
	}}
	h.Summary.Connections = 9
	want := "1,200 packets in 1m0s: 7 dropped by the kernel, 29 by us, 2 lines not written, 20 packets not written; " +
		"in all 9 connections, 0 handshakes, 0 findings, 5.0 MiB of memory; not seen: 2 gaps, 1,500 bytes out of order dropped"
	if got := healthLine(h, last); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
