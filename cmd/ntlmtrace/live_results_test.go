package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/output"
	"ntlmtrace/cmd/ntlmtrace/internal/outputtest"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// TestLiveReaderGone ends a capture whose reader has gone, with an error.
func TestLiveReaderGone(t *testing.T) {
	r := newLiveRunOf(packets(samplestest.Packets(t, "double-hop.pcap")...), quiet(time.Second), then(func(*script) { t.Error("it goes on") }))
	pr, pw := io.Pipe()
	pr.Close()
	r.to = pw
	r.start(t, "--format", "jsonl")
	if want := "ntlmtrace: standard output: the reader has gone: io: read/write on closed pipe\n"; r.status != exitFailed || !strings.HasSuffix(r.stderr.String(), want) {
		t.Errorf("exit status %d, standard error %q", r.status, &r.stderr)
	}
	if !r.script.closed {
		t.Error("the source is still open")
	}
}

// TestLiveDiskFull holds that a full disk ends nothing, is told once, and is in
// the exit status.
func TestLiveDiskFull(t *testing.T) {
	for _, format := range output.Names() {
		r := newLiveRunOf(packets(samplestest.Packets(t, "double-hop.pcap")...), quiet(5*time.Second))
		r.to = &outputtest.FullDisk{Room: 100}
		r.start(t, "--format", format)
		if n := strings.Count(r.stderr.String(), "no space left on device"); r.status != exitFailed || n != 1 || len(r.script.steps) > 0 {
			t.Errorf("%s: exit status %d, told %d times: %s", format, r.status, n, &r.stderr)
		}
	}
}
