package run

import "testing"

func TestOriginsLocate(t *testing.T) {
	o := &Origins{
		names: []string{"a.pcap", "b.pcap", "empty.pcap", "other.pcap"},
		taps:  [][]span{{{1, 0}, {2, 10}, {0, 10}}, {{3, 0}}},
	}
	tests := []struct {
		tap    int
		frame  int64
		name   string
		number int64
	}{
		{0, 1, "b.pcap", 1},
		{0, 10, "b.pcap", 10},
		{0, 11, "a.pcap", 1},
		{0, 999, "a.pcap", 989},
		{1, 7, "other.pcap", 7},
		{2, 7, "", 7},
		{0, 0, "", 0},
	}
	for _, tt := range tests {
		if name, number := o.Locate(tt.tap, tt.frame); name != tt.name || number != tt.number {
			t.Errorf("locate(%d, %d) = %q, %d; want %q, %d", tt.tap, tt.frame, name, number, tt.name, tt.number)
		}
	}
}
