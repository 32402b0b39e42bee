package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// TestLiveWrites keeps packets of a run in files that can be read as captures.
func TestLiveWrites(t *testing.T) {
	name := filepath.Join(t.TempDir(), "kept.pcapng")
	list := samplestest.Packets(t, "double-hop.pcap")
	file := func() string {
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "kept_00001_*.pcapng"))
		if len(files) != 1 {
			t.Fatalf("files %q", files)
		}
		return files[0]
	}
	flushed := then(func(*script) {
		if info, err := os.Stat(file()); err != nil || info.Size() < 1000 {
			t.Errorf("a second later there is nothing to be read: %v, %v", info, err)
		}
	})
	r := liveOf(t, exitDone, []string{"--write", name, "--format", "json"}, packets(list...), quiet(2*time.Second), flushed)
	var out readResult
	if err := json.Unmarshal(r.stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if want := "wrote 22 packets of 2 connections ("; !strings.Contains(r.stderr.String(), want) {
		t.Errorf("standard error is %q", &r.stderr)
	}
	if got := readAs(t, "json", file()); !bytes.Contains(got, []byte(`"double-hop-token-replay"`)) {
		t.Errorf("what was kept shows\n%s", got)
	}
}
