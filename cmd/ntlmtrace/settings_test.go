package main

import (
	"maps"
	"slices"
	"testing"
)

func TestByteSize(t *testing.T) {
	tests := []struct {
		in   string
		want int64 // 0: refused
	}{
		{"65536", 65536},
		{"512MiB", 512 << 20},
		{"512MB", 512 << 20},
		{"512m", 512 << 20},
		{"2G", 2 << 30},
		{"1 KiB", 1024},
		{"1T", 1 << 40},
		{"", 0},
		{"0", 0},
		{"-1", 0},
		{"MiB", 0},
		{"9999999999T", 0},
		{"1.5G", 0},
	}
	for _, tt := range tests {
		var b byteSize
		err := b.Set(tt.in)
		if (err == nil) != (tt.want != 0) || int64(b) != tt.want {
			t.Errorf("Set(%q) gives %d, %v; want %d", tt.in, b, err, tt.want)
		}
	}
}

func TestAliases(t *testing.T) {
	var a aliases
	for _, s := range []string{"WEB01=10.9.0.20, fd00::20", "WEB01=::ffff:10.8.0.20"} {
		if err := a.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	want := aliases{"WEB01": {"10.9.0.20", "fd00::20", "10.8.0.20"}}
	if !maps.EqualFunc(a, want, slices.Equal[[]string]) {
		t.Errorf("got %v, want %v", a, want)
	}
	for _, bad := range []string{"", "WEB01", "=10.9.0.20", "WEB01=", "WEB01=web01.corp.example"} {
		if err := new(aliases).Set(bad); err == nil {
			t.Errorf("Set(%q) is taken", bad)
		}
	}
}

func TestMemoryIsDivided(t *testing.T) {
	for limit, share := range map[byteSize]int64{0: 0, leastMemory: 5 << 20, 128 << 20: 53 << 20} {
		s := settings{maxMemory: limit}
		if got := s.share(); got != share {
			t.Errorf("of %d each gets %d, want %d", limit, got, share)
		}
		if limit > 0 && codeMemory+2*share >= int64(limit) {
			t.Errorf("%d is all given away", limit)
		}
	}
	s := settings{maxMemory: leastMemory - 1}
	if err := s.limitMemory(); exitStatus(err) != 2 {
		t.Errorf("a limit that leaves nothing gives %v", err)
	}
}
