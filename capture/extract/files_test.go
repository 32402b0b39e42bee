package extract

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
)

// second is in nanoseconds.
const second = int64(1e9)

// start is when the captures of the tests begin: 2026-11-26 18:42:00 UTC.
const start = 1_795_718_520 * second

// numbered is packet n, one a second.
func numbered(n int64) *capture.Packet {
	return &capture.Packet{Stamp: capture.Stamp{Frame: n, Time: start + n*second}, Data: fmt.Appendf(nil, "%100d", n), Length: 100,
		Link: capture.LinkEthernet, Interface: int(n % 2)}
}

// framesOf reads the original numbers of the packets in a file, which must be
// whole.
func framesOf(t *testing.T, data []byte) []int64 {
	t.Helper()
	if len(data) == 0 {
		return nil
	}
	s, err := file.NewSource("out.pcapng", bytes.NewReader(data), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var frames []int64
	var p capture.Packet
	for err = s.Next(&p); err == nil; err = s.Next(&p) {
		var n int64
		if _, err := fmt.Sscan(string(p.Data), &n); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, n)
	}
	if problems, n := s.Problems(); err != io.EOF || n > 0 {
		t.Fatalf("%v, problems %v", err, problems)
	}
	return frames
}

func TestFilesPlain(t *testing.T) {
	d := &disk{space: 1 << 20}
	var failures []error
	f, err := Create(d.options(FileOptions{Name: "web.pcapng", Counts: func(n int) capture.InterfaceCounts {
		return capture.InterfaceCounts{Received: 10, Dropped: int64(n)}
	}}, &failures), start)
	if err != nil {
		t.Fatal(err)
	}
	written := d.files["web.pcapng"]
	for n := int64(1); n <= 5; n++ {
		f.Packet(numbered(n), false)
		if got := framesOf(t, written.data); !slices.Equal(got, between(0, int(n))) {
			t.Errorf("after packet %d a reader sees %v", n, got)
		}
	}
	f.Packet(&capture.Packet{Stamp: capture.Stamp{Frame: 6, Time: start + 5*second}, Data: []byte("6")}, false)
	if got := framesOf(t, written.data); len(got) != 5 {
		t.Errorf("written in the same second: %v", got)
	}
	f.Flush(start + 6*second)
	if got := framesOf(t, written.data); len(got) != 6 {
		t.Errorf("a reader sees %v after Flush", got)
	}
	f.Packet(&capture.Packet{Link: 1 << 20}, false)
	f.Close()
	if want := (FileStats{Packets: 6, Bytes: int64(len(written.data)), Files: 1, Lost: 1}); f.Stats() != want {
		t.Errorf("%+v, want %+v", f.Stats(), want)
	}
	s, err := file.NewSource("web.pcapng", bytes.NewReader(written.data), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = s.Next(new(capture.Packet))
	}
	if s.Drops() != 1 || written.open || len(failures) > 0 {
		t.Errorf("%d drops, open %v, failures %v", s.Drops(), written.open, failures)
	}
}

func TestFilesRing(t *testing.T) {
	d := &disk{space: 1 << 20}
	var failures []error
	f, err := Create(d.options(FileOptions{Name: "out/web.pcapng", Size: 700, Count: 3}, &failures), start)
	if err != nil {
		t.Fatal(err)
	}
	d.create("out/web_00000_20261126184200.pcapng") // of somebody else
	for n := int64(1); n <= 20; n++ {
		f.Packet(numbered(n), false)
	}
	f.Close()
	names := slices.Sorted(maps.Keys(d.files))
	want := []string{
		"out/web_00000_20261126184200.pcapng",
		"out/web_00003_20261126184209.pcapng",
		"out/web_00004_20261126184213.pcapng",
		"out/web_00005_20261126184217.pcapng",
	}
	if !slices.Equal(names, want) {
		t.Fatalf("files %q, want %q", names, want)
	}
	var all []int64
	for _, name := range names[1:] {
		all = append(all, framesOf(t, d.files[name].data)...)
	}
	if !slices.Equal(all, between(8, 20)) {
		t.Errorf("frames %v", all)
	}
	if s := f.Stats(); s.Packets != 20 || s.Files != 5 || s.Lost != 0 || len(failures) > 0 {
		t.Errorf("%+v, failures %v", s, failures)
	}
}

// TestFilesBeginInOrder returns packets that waited: no file begins with one,
// so none begins before the end of the one before it, unless too many come.
func TestFilesBeginInOrder(t *testing.T) {
	d := &disk{space: 1 << 20}
	var failures []error
	f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 500, Count: 9}, &failures), start)
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(10); n <= 13; n++ {
		f.Packet(numbered(n), false)
	}
	f.Packet(numbered(2), true)
	f.Packet(numbered(14), false)
	for n := int64(3); n <= 9; n++ {
		f.Packet(numbered(n), true)
	}
	f.Close()
	var got [][]int64
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		got = append(got, framesOf(t, d.files[name].data))
	}
	if want := "[[10 11 12] [13 2 14 3 4 5] [6 7 8 9]]"; fmt.Sprint(got) != want {
		t.Errorf("frames %v, want %v", got, want)
	}
}

func TestOneFileBeginsAnew(t *testing.T) {
	d := &disk{space: 1 << 20}
	var failures []error
	f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 700, Count: 1}, &failures), start)
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n <= 20; n++ {
		f.Packet(numbered(n), false)
	}
	f.Close()
	if got := framesOf(t, d.files["web.pcapng"].data); len(d.files) != 1 || !slices.Equal(got, between(16, 20)) {
		t.Errorf("%d files, frames %v", len(d.files), got)
	}
}

func TestFilesOnDisk(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "web_00001_20200101000000.pcapng")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Create(FileOptions{Name: filepath.Join(dir, "web.pcapng"), Size: 1, Count: 2}, start)
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n <= 4; n++ {
		f.Packet(numbered(n), false)
	}
	f.Close()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 3 || !slices.Contains(names, other) {
		t.Fatalf("files %v", names)
	}
	info, err := os.Stat(names[2])
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read it: %v", info.Mode())
	}
	text, err := os.ReadFile(names[2])
	if err != nil {
		t.Fatal(err)
	}
	if got := framesOf(t, text); !slices.Equal(got, []int64{4}) {
		t.Errorf("frames %v", got)
	}
}

func TestFilesDoNotAllocate(t *testing.T) {
	f, err := Create(FileOptions{Name: os.DevNull}, start)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := numbered(1)
	for range 2000 {
		f.Packet(p, false) // the buffer grows
	}
	if n := testing.AllocsPerRun(5000, func() { f.Packet(p, false) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
