package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fullDisk is a file on a disk that has room for so many bytes.
type fullDisk struct {
	room int
	text strings.Builder
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	d.text.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestOutputSurvivesFullDisk fills the disk in the middle of a line: what came
// meanwhile is written when there is room again, and the failure was told once.
func TestOutputSurvivesFullDisk(t *testing.T) {
	disk := &fullDisk{room: 10}
	var told []string
	o := &liveOutput{name: "out", w: disk, note: func(s string) { told = append(told, s) }}
	for _, line := range []string{"first\n", "second\n", "third\n"} {
		if _, err := io.WriteString(o, line); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "out: no space left on device") {
		t.Errorf("told %q", told)
	}
	disk.room = 1000
	o.flush()
	if got := disk.text.String(); got != "first\nsecond\nthird\n" {
		t.Errorf("got %q", got)
	}
	if len(told) != 2 || told[1] != "out: written again, nothing was lost" {
		t.Errorf("told %q", told)
	}
	if err := o.end(); err != nil {
		t.Error(err)
	}
}

// TestOutputDropsAtLast keeps the disk full until no more can wait: whole lines
// are dropped, and counted.
func TestOutputDropsAtLast(t *testing.T) {
	disk := &fullDisk{}
	told := 0
	o := &liveOutput{name: "out", w: disk, note: func(string) { told++ }}
	line := strings.Repeat("x", 1023) + "\n"
	const lines, kept = 1100, maxPending / 1024
	for range lines {
		io.WriteString(o, line)
	}
	if o.dropped != lines-kept || told != 1 {
		t.Errorf("%d lines dropped, want %d; told %d times", o.dropped, lines-kept, told)
	}
	disk.room = 100 << 20
	io.WriteString(o, line)
	if got := disk.text.String(); got != strings.Repeat(line, kept+1) {
		t.Errorf("%d bytes are written, want %d", len(got), (kept+1)*len(line))
	}
	if err := o.end(); err == nil || err.Error() != "out: 76 lines could not be written" {
		t.Errorf("the end says %v", err)
	}
}

// TestOutputLosesAtEnd holds that what still waits at the end is counted.
func TestOutputLosesAtEnd(t *testing.T) {
	o := &liveOutput{name: "out", w: &fullDisk{}}
	io.WriteString(o, "first\nsecond")
	if err := o.end(); err == nil || err.Error() != "out: 2 lines could not be written" {
		t.Errorf("the end says %v", err)
	}
}

// TestOutputWithoutReader holds that a reader that has gone is an error.
func TestOutputWithoutReader(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	o := &liveOutput{name: "standard output", w: w}
	_, err := io.WriteString(o, "first\n")
	if err == nil || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if again := o.end(); again != err {
		t.Errorf("the end says %v", again)
	}
}

// TestOutputOpenedAgain moves the file away, as logrotate does.
func TestOutputOpenedAgain(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.jsonl")
	if err := os.WriteFile(name, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := openResults(name, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(o, "first\n")
	if err := os.Rename(name, name+".1"); err != nil {
		t.Skip(err) // Windows does not move what is open
	}
	io.WriteString(o, "second\n")
	o.again()
	io.WriteString(o, "third\n")
	if err := o.end(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{name + ".1": "before\nfirst\nsecond\n", name: "third\n"} {
		if got, err := os.ReadFile(file); string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", file, got, err, want)
		}
	}
}

// TestOutputOpenedAgainFails holds that the old file stays in use.
func TestOutputOpenedAgainFails(t *testing.T) {
	disk := &fullDisk{room: 100}
	var told string
	o := &liveOutput{
		name: "out", w: disk, file: true, note: func(s string) { told = s },
		reopen: func() (io.WriteCloser, error) { return nil, syscall.EACCES },
	}
	o.again()
	io.WriteString(o, "first\n")
	if disk.text.String() != "first\n" || !strings.Contains(told, "the old file stays in use") {
		t.Errorf("got %q, told %q", disk.text.String(), told)
	}
}

// TestOutputOpenedAgainInALine holds that a new file does not begin with the
// second half of a line.
func TestOutputOpenedAgainInALine(t *testing.T) {
	disk := &fullDisk{room: 3}
	next := &fullDisk{room: 100}
	o := &liveOutput{name: "out", w: disk, file: true, reopen: func() (io.WriteCloser, error) { return nopCloser{next}, nil }}
	io.WriteString(o, "first\n")
	io.WriteString(o, "second\n")
	o.again()
	if got := next.text.String(); got != "second\n" || o.dropped != 1 {
		t.Errorf("got %q, %d lines dropped", got, o.dropped)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// TestLiveReaderGone ends a capture whose reader has gone, with an error.
func TestLiveReaderGone(t *testing.T) {
	r := newLiveRunOf(packets(samplePackets(t, "double-hop.pcap")...), quiet(time.Second), then(func(*script) { t.Error("it goes on") }))
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
	for _, format := range formatNames() {
		r := newLiveRunOf(packets(samplePackets(t, "double-hop.pcap")...), quiet(5*time.Second))
		r.to = &fullDisk{room: 100}
		r.start(t, "--format", format)
		if n := strings.Count(r.stderr.String(), "no space left on device"); r.status != exitFailed || n != 1 || len(r.script.steps) > 0 {
			t.Errorf("%s: exit status %d, told %d times: %s", format, r.status, n, &r.stderr)
		}
	}
}
