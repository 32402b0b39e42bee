package units

import "testing"

func TestCount(t *testing.T) {
	tests := map[int64]string{
		0: "0 packets", 1: "1 packet", 999: "999 packets", 1000: "1,000 packets", 1234567: "1,234,567 packets", -1000: "-1,000 packets",
	}
	for n, want := range tests {
		if got := Count(n, "packet"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestByteText(t *testing.T) {
	tests := map[int64]string{
		0: "0 bytes", 1: "1 byte", 1023: "1,023 bytes", 1024: "1.0 KiB", 1 << 30: "1.0 GiB", 1<<63 - 1: "8.0 EiB",
	}
	for n, want := range tests {
		if got := Bytes(n); got != want {
			t.Errorf("byteText(%d) = %q, want %q", n, got, want)
		}
	}
}
