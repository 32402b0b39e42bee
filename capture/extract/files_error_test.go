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

// TestDiskFull has room for every number of bytes that the file may need: what
// is there is whole, what is not is counted, and once there is room again it goes on.
func TestDiskFull(t *testing.T) {
	const packets, later = 5, 2
	whole := 0
	for room := 0; whole == 0 || room <= whole; room++ {
		d := &disk{room: room}
		var told []error
		f, err := Create(d.options(FileOptions{Name: "web.pcapng"}, &told), start)
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
			t.Fatalf("room for %d bytes: packets %v, counted %+v", room, got, s)
		}
		if (s.Lost > 0) != (len(told) == 1) {
			t.Fatalf("room for %d bytes: lost %d, told %v", room, s.Lost, told)
		}
		d.room += 1 << 20
		for n := int64(100); n < 100+later; n++ {
			f.Packet(numbered(n), false)
		}
		f.Close()
		if again := framesOf(t, d.files["web.pcapng"].data); len(again) != len(got)+later || f.Stats().Packets != int64(len(again)) {
			t.Fatalf("room for %d bytes: %v after %v", room, again, got)
		}
		if s.Lost == 0 {
			whole = room
		}
	}
}

func TestFileThatCannotBeCut(t *testing.T) {
	for count, want := range map[int]string{0: "[web.pcapng]", 5: "[web_00001_20261126184200.pcapng web_00002_20261126184308.pcapng]"} {
		d := &disk{room: 300, stuck: true}
		var told []error
		f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 1 << 20, Count: count}, &told), start)
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(1); n <= 3; n++ {
			f.Packet(numbered(n), false)
		}
		before := f.Stats()
		d.room = 1 << 20
		f.Packet(numbered(68), false)
		f.Close()
		if got := fmt.Sprint(slices.Sorted(maps.Keys(d.files))); got != want {
			t.Errorf("files %s, want %s", got, want)
		}
		s := f.Stats()
		if went := s.Packets > before.Packets; went != (count > 1) || s.Packets+s.Lost != 4 || len(told) != 1 {
			t.Errorf("%d files: %+v, then %+v, told %v", count, before, s, told)
		}
	}
}

func TestFileCannotBeCreated(t *testing.T) {
	d := &disk{full: true}
	var told []error
	if _, err := Create(d.options(FileOptions{Name: "web.pcapng"}, &told), start); !errors.Is(err, errNoSpace) {
		t.Errorf("error %v", err)
	}
	d = &disk{room: 1 << 20}
	f, err := Create(d.options(FileOptions{Name: "web.pcapng", Size: 1, Count: 5}, &told), start)
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
	if s := f.Stats(); s.Lost != 3 || s.Packets != 1 || len(told) != 1 {
		t.Errorf("%+v, told %v", s, told)
	}
}

// TestDevFull writes to the device that is always full.
func TestDevFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	var told []error
	f, err := Create(FileOptions{Name: "/dev/full", Failed: func(err error) { told = append(told, err) }}, start)
	if err != nil {
		t.Skip(err)
	}
	for n := int64(1); n <= 20; n++ {
		f.Packet(numbered(n), false)
	}
	f.Close()
	if s := f.Stats(); s.Packets != 0 || s.Lost != 20 || s.Bytes != 0 || len(told) != 1 || !strings.Contains(told[0].Error(), "no space") {
		t.Errorf("%+v, told %v", s, told)
	}
}
