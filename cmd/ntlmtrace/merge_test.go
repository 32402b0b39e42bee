package main

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
	traffic "ntlmtrace/samples"
)

// TestSameOutputOnAnyCores reads overlapping captures side by side with more
// and fewer threads: which goroutine is ahead must not show.
func TestSameOutputOnAnyCores(t *testing.T) {
	var files [][]byte
	for seed := range 3 {
		files = append(files, traffic.NewLoad(traffic.LoadOptions{Seed: uint64(seed), Clients: 100, Duration: 3 * time.Minute}).Capture)
	}
	names := samplestest.Stored(t, append(files, files[0])...)
	var want []byte
	for _, threads := range []int{1, 2, 3, 8} {
		was := runtime.GOMAXPROCS(threads)
		var out, warnings bytes.Buffer
		status := command(context.Background(), append([]string{"--format", "jsonl", "--handshakes"}, names...), strings.NewReader(""), &out, &warnings)
		runtime.GOMAXPROCS(was)
		switch {
		case status != 0:
			t.Fatalf("status %d: %s", status, &warnings)
		case want == nil:
			want = bytes.Clone(out.Bytes())
		case !bytes.Equal(want, out.Bytes()):
			t.Errorf("another output with %d threads", threads)
		}
	}
	if bytes.Count(want, []byte(`"type":"handshake"`)) < 20 {
		t.Errorf("too little happens: %d bytes", len(want))
	}
}
