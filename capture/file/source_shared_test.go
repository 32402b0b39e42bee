package file

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// otherCounts are the captures in which Wireshark counts what is no packet
// here.
var otherCounts = map[string]int64{}

// TestSharedCaptures reads real captures to their end, or to a clear error, and
// holds the number of packets against that of tshark.
func TestSharedCaptures(t *testing.T) {
	dir := filepath.Join(packettest.SharedDir(t), "captures")
	want := catalogPackets(t, filepath.Join(dir, "catalog.tsv"))
	files, err := os.ReadDir(filepath.Join(dir, "files"))
	if err != nil {
		t.Skip(err)
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			n, err := countPackets(filepath.Join(dir, "files", f.Name()))
			var damage *DamageError
			if err != nil && !errors.As(err, &damage) && !errors.Is(err, ErrNotCapture) {
				t.Errorf("after %d packets: %v (%T)", n, err, err)
			}
			packets, ok := want[f.Name()]
			if other, known := otherCounts[f.Name()]; known {
				packets = other
			}
			if ok && !errors.Is(err, ErrNotCapture) && n != packets {
				t.Errorf("%d packets, want %d (%v)", n, packets, err)
			}
		})
	}
}

// countPackets returns the number of the last frame and what ended the reading,
// nil at a clean end.
func countPackets(name string) (int64, error) {
	s, err := Open(name, capture.Limits{})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var p capture.Packet
	for err == nil {
		err = s.Next(&p)
	}
	if err == io.EOF {
		err = nil
	}
	return p.Frame, err
}

// catalogPackets reads the packet counts of those captures that tshark read
// without an error.
func catalogPackets(t *testing.T, name string) map[string]int64 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	const columnPackets, columnStatus = 5, 8
	counts := make(map[string]int64)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if columns[columnStatus] != "0" {
			continue
		}
		if counts[columns[0]], err = strconv.ParseInt(columns[columnPackets], 10, 64); err != nil {
			t.Fatalf("%s: %v", columns[0], err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}
