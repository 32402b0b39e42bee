package extract

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDiskFull has space for every number of bytes that the file may need: what
// is there is whole, what is not is counted, and once there is space again it
// goes on.
func TestDiskFull(t *testing.T) {
	const packets, later = 5, 2
	whole := 0
	for space := 0; whole == 0 || space <= whole; space++ {
		d := &disk{space: space}
		var failures []error
		f, err := Create(d.options(FileOptions{Name: "web.pcapng"}, &failures), start)
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(1); n <= packets; n++ {
			p := numbered(n)
			p.Time = start + n*second/3 // several at once
			f.Packet(p, false)
		}
		f.Flush(start + packets*second)
		got := framesOf(t, d.files["web.pcapng"].data)
		s := f.Stats()
		if int64(len(got)) != s.Packets || s.Packets+s.Lost != packets || s.Bytes != int64(len(d.files["web.pcapng"].data)) {
			t.Fatalf("space for %d bytes: packets %v, counted %+v", space, got, s)
		}
		if (s.Lost > 0) != (len(failures) == 1) {
			t.Fatalf("space for %d bytes: lost %d, failures %v", space, s.Lost, failures)
		}
		d.space += 1 << 20
		for n := int64(100); n < 100+later; n++ {
			f.Packet(numbered(n), false)
		}
		f.Close()
		if again := framesOf(t, d.files["web.pcapng"].data); len(again) != len(got)+later || f.Stats().Packets != int64(len(again)) {
			t.Fatalf("space for %d bytes: %v after %v", space, again, got)
		}
		if s.Lost == 0 {
			whole = space
		}
	}
}

func TestFileThatCannotBeCut(t *testing.T) {
	for count, want := range map[int]string{0: "[web.pcapng]", 5: "[web_00001_20261126184200.pcapng web_00002_20261126184308.pcapng]"} {
		d := &disk{space: 300, stuck: true}
		var failures []error
		f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 1 << 20, Count: count}, &failures), start)
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(1); n <= 3; n++ {
			f.Packet(numbered(n), false)
		}
		before := f.Stats()
		d.space = 1 << 20
		f.Packet(numbered(68), false)
		f.Close()
		if got := fmt.Sprint(slices.Sorted(maps.Keys(d.files))); got != want {
			t.Errorf("files %s, want %s", got, want)
		}
		s := f.Stats()
		if went := s.Packets > before.Packets; went != (count > 1) || s.Packets+s.Lost != 4 || len(failures) != 1 {
			t.Errorf("%d files: %+v, then %+v, failures %v", count, before, s, failures)
		}
	}
}

func TestFileCannotBeCreated(t *testing.T) {
	d := &disk{full: true}
	var failures []error
	if _, err := Create(d.options(FileOptions{Name: "web.pcapng"}, &failures), start); !errors.Is(err, errNoSpace) {
		t.Errorf("error %v", err)
	}
	d = &disk{space: 1 << 20}
	f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 1, Count: 5}, &failures), start)
	if err != nil {
		t.Fatal(err)
	}
	d.full = true
	for n := int64(1); n <= 3; n++ {
		f.Packet(numbered(n), false)
	}
	d.full = false
	f.Packet(numbered(60), false)
	f.Close()
	if s := f.Stats(); s.Lost != 3 || s.Packets != 1 || len(failures) != 1 {
		t.Errorf("%+v, failures %v", s, failures)
	}
}

// TestDevFull writes to the device that is always full.
func TestDevFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	var failures []error
	f, err := Create(FileOptions{Name: "/dev/full", Failed: func(err error) { failures = append(failures, err) }}, start)
	if err != nil {
		t.Skip(err)
	}
	for n := int64(1); n <= 20; n++ {
		f.Packet(numbered(n), false)
	}
	f.Close()
	if s := f.Stats(); s.Packets != 0 || s.Lost != 20 || s.Bytes != 0 || len(failures) != 1 || !strings.Contains(failures[0].Error(), "no space") {
		t.Errorf("%+v, failures %v", s, failures)
	}
}
