package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// TestLiveTellsHealth holds the health lines of a minute, and that notes and
// drops are told.
func TestLiveTellsHealth(t *testing.T) {
	steps := [][]scriptStep{
		packets(samplestest.Packets(t, "double-hop.pcap")...),
		then(func(s *script) {
			s.stats.Dropped = 7
			s.notes = []string{"eth0: link down"}
		}),
		quiet(3 * time.Minute),
	}
	r := liveOf(t, exitDone, nil, steps...)
	text := r.stderr.String()
	if n := strings.Count(text, "dropped by the kernel"); n != 1 || !strings.Contains(text, "22 packets in 1m0s: 7 dropped by the kernel, 0 by us; in all 2 connections, 2 handshakes, 1 finding, ") {
		t.Errorf("%d health lines:\n%s", n, text)
	}
	if strings.Count(text, "ntlmtrace: eth0: link down\n") != 1 {
		t.Errorf("the note is not told once:\n%s", text)
	}
	if want := "       7  packets that the capturing machine dropped (live: --ring)\n"; !strings.Contains(r.stdout.String(), want) {
		t.Errorf("%q is not in\n%s", want, &r.stdout)
	}

	r = liveOf(t, exitDone, []string{"--format", "jsonl"}, slices.Concat(packets(samplestest.Packets(t, "double-hop.pcap")...), quiet(3*time.Minute)))
	schema := compileSchema(t, "schema.json#/$defs/line")
	health := 0
	for l := range bytes.Lines(r.stdout.Bytes()) {
		validate(t, schema, l)
		if bytes.HasPrefix(l, []byte(`{"type":"health",`)) {
			health++
		}
	}
	if health != 3 {
		t.Errorf("%d health objects in 3 minutes", health)
	}
}
