//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/live"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// TestLiveOutputToFullDevice writes to a device that is always full.
func TestLiveOutputToFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	r := newLiveRunOf(packets(samplestest.Packets(t, "double-hop.pcap")...), quiet(time.Second))
	r.start(t, "--format", "jsonl", "--output", "/dev/full")
	if n := strings.Count(r.stderr.String(), "write /dev/full: no space left on device"); r.status != exitFailed || n != 1 {
		t.Errorf("exit status %d, told %d times: %s", r.status, n, &r.stderr)
	}
	if want := " lines could not be written\n"; !strings.HasSuffix(r.stderr.String(), want) {
		t.Errorf("standard error is %q", &r.stderr)
	}
}

// TestLiveHangup sends SIGHUP in the middle: what comes after it is in a new
// file.
func TestLiveHangup(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.txt")
	list := samplestest.Packets(t, "double-hop.pcap")
	moved := then(func(*script) {
		if err := os.Rename(name, name+".1"); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	})
	r := newLiveRunOf(packets(list[:10]...), quiet(time.Second), moved)
	// A signal comes when it comes: the link is quiet until the file is there.
	deadline := time.Now().Add(10 * time.Second)
	var wait scriptStep
	wait = func(s *script) (*capture.Packet, error) {
		if _, err := os.Stat(name); err != nil && time.Now().Before(deadline) {
			s.steps = append([]scriptStep{wait}, s.steps...)
			return quiet(live.Wait)[0](s)
		}
		return nil, nil
	}
	r.script.steps = append(r.script.steps, wait)
	r.script.steps = append(r.script.steps, packets(list[10:]...)...)
	r.start(t, "--handshakes", "--output", name)
	if r.status != exitDone {
		t.Fatalf("exit status %d: %s", r.status, &r.stderr)
	}
	for file, want := range map[string]string{name + ".1": "handshake 1 ", name: "handshake 2 "} {
		if got, err := os.ReadFile(file); err != nil || strings.Count(string(got), "  handshake ") != 1 || !strings.Contains(string(got), want) {
			t.Errorf("%s: %v: %s", file, err, got)
		}
	}
}
