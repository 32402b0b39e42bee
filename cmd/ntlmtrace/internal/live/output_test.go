package live

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/outputtest"
)

// TestOutputSurvivesFullDisk fills the disk in the middle of a line: what came
// meanwhile is written when there is room again, and the failure was told once.
func TestOutputSurvivesFullDisk(t *testing.T) {
	disk := &outputtest.FullDisk{Room: 10}
	var told []string
	o := &Output{name: "out", w: disk, note: func(s string) { told = append(told, s) }}
	for _, line := range []string{"first\n", "second\n", "third\n"} {
		if _, err := io.WriteString(o, line); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "out: no space left on device") {
		t.Errorf("told %q", told)
	}
	disk.Room = 1000
	o.flush()
	if got := disk.Text.String(); got != "first\nsecond\nthird\n" {
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
	disk := &outputtest.FullDisk{}
	told := 0
	o := &Output{name: "out", w: disk, note: func(string) { told++ }}
	line := strings.Repeat("x", 1023) + "\n"
	const lines, kept = 1100, maxPending / 1024
	for range lines {
		io.WriteString(o, line)
	}
	if o.dropped != lines-kept || told != 1 {
		t.Errorf("%d lines dropped, want %d; told %d times", o.dropped, lines-kept, told)
	}
	disk.Room = 100 << 20
	io.WriteString(o, line)
	if got := disk.Text.String(); got != strings.Repeat(line, kept+1) {
		t.Errorf("%d bytes are written, want %d", len(got), (kept+1)*len(line))
	}
	if err := o.end(); err == nil || err.Error() != "out: 76 lines could not be written" {
		t.Errorf("the end says %v", err)
	}
}

// TestOutputLosesAtEnd holds that what still waits at the end is counted.
func TestOutputLosesAtEnd(t *testing.T) {
	o := &Output{name: "out", w: &outputtest.FullDisk{}}
	io.WriteString(o, "first\nsecond")
	if err := o.end(); err == nil || err.Error() != "out: 2 lines could not be written" {
		t.Errorf("the end says %v", err)
	}
}

// TestOutputWithoutReader holds that a reader that has gone is an error.
func TestOutputWithoutReader(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	o := &Output{name: "standard output", w: w}
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
	o, err := OpenResults(name, nil, true)
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
	disk := &outputtest.FullDisk{Room: 100}
	var told string
	o := &Output{
		name: "out", w: disk, file: true, note: func(s string) { told = s },
		reopen: func() (io.WriteCloser, error) { return nil, syscall.EACCES },
	}
	o.again()
	io.WriteString(o, "first\n")
	if disk.Text.String() != "first\n" || !strings.Contains(told, "the old file stays in use") {
		t.Errorf("got %q, told %q", disk.Text.String(), told)
	}
}

// TestOutputOpenedAgainInALine holds that a new file does not begin with the
// second half of a line.
func TestOutputOpenedAgainInALine(t *testing.T) {
	disk := &outputtest.FullDisk{Room: 3}
	next := &outputtest.FullDisk{Room: 100}
	o := &Output{name: "out", w: disk, file: true, reopen: func() (io.WriteCloser, error) { return nopCloser{next}, nil }}
	io.WriteString(o, "first\n")
	io.WriteString(o, "second\n")
	o.again()
	if got := next.Text.String(); got != "second\n" || o.dropped != 1 {
		t.Errorf("got %q, %d lines dropped", got, o.dropped)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
