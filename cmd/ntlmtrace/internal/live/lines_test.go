package live

import (
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// TestHealthLine holds that nothing is lost without a word.
func TestHealthLine(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	last := &watch.Health{At: at, Packets: 100, Kernel: 1, Own: 1, LostLines: 1}
	h := &watch.Health{At: at.Add(time.Minute), Packets: 1300, Kernel: 8, Own: 30, LostLines: 3, Lost: 20, Memory: 5 << 20}
	h.Summary.Connections, h.Summary.NotRead.Gaps, h.Summary.NotRead.DroppedBytes = 9, 2, 1500
	want := "1,200 packets in 1m0s: 7 dropped by the kernel, 29 by us, 2 lines not written, 20 packets not written; " +
		"in all 9 connections, 0 handshakes, 0 findings, 5.0 MiB of memory; not seen: 2 gaps, 1,500 bytes out of order dropped"
	if got := healthLine(h, last); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
