package main

import (
	"slices"
	"testing"
)

func TestCount(t *testing.T) {
	tests := map[int64]string{
		0: "0 packets", 1: "1 packet", 999: "999 packets", 1000: "1,000 packets", 1234567: "1,234,567 packets", -1000: "-1,000 packets",
	}
	for n, want := range tests {
		if got := count(n, "packet"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestByteText(t *testing.T) {
	tests := map[int64]string{
		0: "0 bytes", 1: "1 byte", 1023: "1,023 bytes", 1024: "1.0 KiB", 1 << 30: "1.0 GiB", 1<<63 - 1: "8.0 EiB",
	}
	for n, want := range tests {
		if got := byteText(n); got != want {
			t.Errorf("byteText(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"use Kerberos instead", 0, []string{"use Kerberos instead"}},
		{"use Kerberos instead", 12, []string{"use Kerberos", "instead"}},
		{"a verylongword b", 4, []string{"a", "verylongword", "b"}},
	}
	for _, tt := range tests {
		if got := wrap(tt.text, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}
