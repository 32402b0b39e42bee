package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/cmd/ntlmtrace/internal/live"

	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/output"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// provesDoubleHop is the frame of double-hop.pcap with which the verdict is
// certain.
const provesDoubleHop = 15

// TestLiveTellsInTime holds that a verdict is there a second after the packet
// that proves it, when no other packet comes and before the capture ends.
func TestLiveTellsInTime(t *testing.T) {
	list := samplestest.Packets(t, "double-hop.pcap")[:provesDoubleHop]
	proved := list[provesDoubleHop-1].Time
	for _, format := range []string{"table", "jsonl"} {
		r := liveOf(t, exitDone, []string{"--format", format}, packets(list...), quiet(3*time.Second))
		at, ok := r.saidAt("double-hop-token-replay")
		if !ok {
			t.Fatalf("%s: not found:\n%s", format, &r.stdout)
		}
		if after := time.Duration(at - proved); after > time.Second {
			t.Errorf("%s: told %s after the last packet", format, after)
		}
	}
}

// TestLiveLines holds the lines of a run without a full-screen view, and the
// tables after them.
func TestLiveLines(t *testing.T) {
	r := liveOf(t, exitDone, []string{"--handshakes"}, packets(samplestest.Packets(t, "double-hop.pcap")...), quiet(2*time.Second))
	for _, want := range []string{
		"2026-03-02 09:00:02.5", `  HIGH    double-hop-token-replay  CORP\alice from 10.9.0.10: `, "  [finding 1, frames 8 9 14 15]\n",
		`handshake 1  NTLM  CORP\alice  10.9.0.10:51799 -> 10.9.0.20:80  GET /exchange/logon.asp  accepted 200  [frames 6 7 8 9]`,
		"\neth0: 22 packets, 4.6 KiB, ", "\nHops\n", "\nHandshakes\n",
	} {
		if !strings.Contains(r.stdout.String(), want) {
			t.Errorf("%q is not in\n%s", want, &r.stdout)
		}
	}
	if want := "ntlmtrace: reading eth0 until Ctrl-C\n"; r.stderr.String() != want {
		t.Errorf("standard error is %q, want %q", &r.stderr, want)
	}
}

// eachLiveSample gives every sample that a live capture can follow to a test.
func eachLiveSample(t *testing.T, test func(t *testing.T, list []capture.Packet)) {
	samplestest.Each(t, func(t *testing.T, list []capture.Packet) {
		for i := range list[1:] {
			if list[i+1].Time-list[i].Time > int64(live.Idle) {
				t.Skip("live, connections without packets are let go earlier")
			}
		}
		test(t, list)
	})
}

// TestLiveSaysWhatFileSays reads every sample as if it came from an interface:
// the document is that of the file.
func TestLiveSaysWhatFileSays(t *testing.T) {
	eachLiveSample(t, func(t *testing.T, list []capture.Packet) {
		name := samplestest.Stored(t, analysistest.PCAP(list))[0]
		want := bytes.ReplaceAll(readAs(t, "json", name), []byte(name), []byte("eth0"))
		r := newLiveRunOf(packets(list...))
		r.script.link = list[0].Link
		r.start(t, "--format", "json")
		if got := r.stdout.Bytes(); !bytes.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestLiveLinesSayWhatFileSays does the same with JSON lines. A handshake is
// printed with its verdict there, so the order is another one.
func TestLiveLinesSayWhatFileSays(t *testing.T) {
	schema := compileSchema(t, "schema.json#/$defs/line")
	eachLiveSample(t, func(t *testing.T, list []capture.Packet) {
		name := samplestest.Stored(t, analysistest.PCAP(list))[0]
		want := sortedLines(bytes.ReplaceAll(readAs(t, "jsonl", name), []byte(name), []byte("eth0")))
		r := newLiveRunOf(packets(list...))
		r.script.link = list[0].Link
		r.start(t, "--format", "jsonl")
		if got := sortedLines(r.stdout.Bytes()); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(want, ""))
		}
		for l := range bytes.Lines(r.stdout.Bytes()) {
			validate(t, schema, l)
		}
	})
}

func sortedLines(text []byte) []string {
	lines := slices.Sorted(strings.Lines(string(text)))
	return slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"type":"health"`) })
}

// TestLiveRevises holds that what goes on is told again, marked, and not as
// something new.
func TestLiveRevises(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(pc1, web01.At(80))
	for range 40 {
		k.Client(basicRequest("/reports")).Server(capturetest.Response(200, 64)).Wait(time.Second)
	}
	k.Close()
	list, err := analysistest.Packets(c.PCAP())
	if err != nil {
		t.Fatal(err)
	}
	r := liveOf(t, exitDone, nil, packets(list...), quiet(time.Second))
	var lines []string
	for l := range strings.Lines(r.stdout.String()) {
		if strings.Contains(l, "basic-cleartext") && strings.Contains(l, "[finding ") {
			lines = append(lines, l)
		}
	}
	if len(lines) < 3 || len(lines) > 8 || strings.Contains(lines[0], "revision") {
		t.Fatalf("%d lines for 40 requests:\n%s", len(lines), strings.Join(lines, ""))
	}
	for i, l := range lines[1:] {
		if want := fmt.Sprintf("[finding 1, revision %d, seen ", i+1); !strings.Contains(l, want) {
			t.Errorf("%q is not in %q", want, l)
		}
	}
}

// TestLiveEnds holds the ends that a user can ask for: nothing is read after
// them.
func TestLiveEnds(t *testing.T) {
	list := samplestest.Packets(t, "double-hop.pcap")
	last := list[0]
	last.Time += int64(time.Hour)
	more := late(last)                                                  // captured after the end
	busy := slices.Concat(packets(list[:10]...), packets(list[10:]...)) // 2 s pass between these without a timeout
	tests := []struct {
		name    string
		args    []string
		steps   []scriptStep
		packets int
	}{
		{"packets", []string{"--packets", "9"}, slices.Concat(packets(list[:9]...), more), 9},
		{"duration", []string{"--duration", "2s"}, slices.Concat(packets(list[:9]...), quiet(2*time.Second), more), 9},
		{"duration without packets", []string{"--duration", "1m"}, slices.Concat(quiet(time.Minute), more), 0},
		{"duration on a busy link", []string{"--duration", "2s"}, busy, 11},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := liveOf(t, exitDone, append(tt.args, "--format", "json"), tt.steps)
			var out readResult
			if err := json.Unmarshal(r.stdout.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			if got := out.Summary.Packets; got != tt.packets {
				t.Errorf("%d packets, want %d", got, tt.packets)
			}
		})
	}
}

// TestLiveGone holds that a capture whose interface is removed prints what it
// found, and says why it ended.
func TestLiveGone(t *testing.T) {
	r := liveOf(t, exitFailed, nil, packets(samplestest.Packets(t, "double-hop.pcap")...), fails(&capturelive.GoneError{Name: "eth0"}))
	if !strings.Contains(r.stdout.String(), "\nHops\n") {
		t.Errorf("no tables:\n%s", &r.stdout)
	}
	if want := "ntlmtrace: eth0: the interface was removed\n"; !strings.HasSuffix(r.stderr.String(), want) {
		t.Errorf("standard error is %q", &r.stderr)
	}
}

// TestLiveClockSetBack sets the clock back in the middle: the verdict comes as
// fast, on a quiet link and on a busy one.
func TestLiveClockSetBack(t *testing.T) {
	list := samplestest.Packets(t, "double-hop.pcap")[:provesDoubleHop]
	const step = time.Hour
	back := then(func(s *script) { s.clock.now.Wall -= int64(step) })
	for _, at := range []int{5, 9, 13} {
		later := slices.Clone(list[at:])
		for i := range later {
			later[i].Time -= int64(step)
		}
		old := list[at-1]
		old.Time += int64(time.Millisecond) // in another buffer, stamped before the step
		r := liveOf(t, exitDone, nil, packets(list[:at]...), back, quiet(live.Wait), late(old), packets(later...), quiet(3*time.Second))
		told, ok := r.saidAt("double-hop-token-replay")
		if !ok {
			t.Fatalf("set back after frame %d: not found:\n%s", at, &r.stdout)
		}
		if after := time.Duration(told - later[len(later)-1].Time); after > time.Second {
			t.Errorf("set back after frame %d: told %s after the last packet", at, after)
		}
		if !strings.Contains(r.stderr.String(), "the clock was set back by 1h0m0s") {
			t.Errorf("standard error is %q", &r.stderr)
		}
	}
}

// TestLiveKeepsNoSecrets looks for a password in everything that is printed.
func TestLiveKeepsNoSecrets(t *testing.T) {
	list := samplestest.Packets(t, "basic-second-hop.pcap")
	for _, format := range output.Names() {
		r := liveOf(t, exitDone, []string{"--format", format, "--handshakes"}, packets(list...), quiet(time.Minute))
		for _, secret := range []string{"Secret1", "U2VjcmV0"} {
			if strings.Contains(r.stdout.String()+r.stderr.String(), secret) {
				t.Errorf("%s: %s is in the output", format, secret)
			}
		}
		if !strings.Contains(r.stdout.String(), "alice") {
			t.Errorf("%s: nothing was found", format)
		}
	}
}

// TestLiveStartsInOrder holds that rights are given up after everything was
// opened that may need them, and before a packet is read.
func TestLiveStartsInOrder(t *testing.T) {
	var events []string
	r := newLiveRunOf(quiet(time.Second))
	r.script.events = &events
	file := filepath.Join(t.TempDir(), "out.jsonl")
	open := r.machine.open
	r.machine.open = func(o live.SourceOptions) (live.Source, error) {
		events = append(events, "open")
		return open(o)
	}
	r.machine.dropRights = func(user string) (string, error) {
		if _, err := os.Stat(file); err == nil {
			t.Error("a file is made with all rights")
		}
		events = append(events, "drop rights to "+user)
		return "runs as alice", nil
	}
	r.start(t, "--user", "alice", "--output", file, "--metrics", "127.0.0.1:0")
	if want := []string{"open", "drop rights to alice", "read"}; !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", events, want)
	}
	if !strings.Contains(r.stderr.String(), "ntlmtrace: runs as alice\n") {
		t.Errorf("standard error is %q", &r.stderr)
	}

	r = newLiveRunOf(then(func(*script) { t.Error("a packet is read with all rights") }))
	r.machine.dropRights = func(string) (string, error) { return "", errors.New("no such user") }
	r.start(t)
	if r.status != exitFailed {
		t.Errorf("exit status %d", r.status)
	}
}

// TestLiveFilters holds that packets that are not wanted are not counted.
func TestLiveFilters(t *testing.T) {
	r := newLiveRunOf(packets(samplestest.Packets(t, "double-hop.pcap")...))
	r.start(t, "--format", "json", "--filter", "greater 201")
	var out readResult
	if err := json.Unmarshal(r.stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if n := out.Summary.Packets; n == 0 || n >= 22 || n != out.Sources[0].Packets {
		t.Errorf("%d packets, %d of the source", n, out.Sources[0].Packets)
	}
}

// TestLiveFails holds the exit status of --fail-on.
func TestLiveFails(t *testing.T) {
	list := packets(samplestest.Packets(t, "double-hop.pcap")...)
	liveOf(t, exitFinding, []string{"--fail-on", "high"}, list)
	liveOf(t, exitDone, []string{"--fail-on", "high"}, list[:9])
}
