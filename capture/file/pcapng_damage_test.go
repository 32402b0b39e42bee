package file

import (
	"math"
	"testing"

	"ntlmtrace/capture"
)

func TestPcapngDamage(t *testing.T) {
	first := found{1, 1000, "aabbcc", 3, capture.LinkEthernet, 0, 0, capture.Unmarked}
	third := found{3, 1000, "aabbcc", 3, capture.LinkEthernet, 0, 0, capture.Unmarked}
	// good has a section of 28 bytes, an interface of 20 and a packet of 36.
	good := func() *ngFile { return le().iface(capture.LinkEthernet, 0).packet(0, 1, 3, abc) }
	tests := []struct {
		name     string
		file     []byte
		want     []found
		err      string
		problems []string
	}{
		{"section header cut", le().b[:10], nil, "web.pcap: byte 0: section header block cut after 10", nil},
		{"section header without its end", le().b[:20], nil, "web.pcap: byte 0: block of type 0xa0d0d0a and 28 bytes cut after 20", nil},
		{"byte-order magic unknown", append(le().b[:8:8], 1, 2, 3, 4), nil,
			"web.pcap: byte 0: section header with byte-order magic 01 02 03 04", nil},
		{"version 2", good().block(blockSection, hexFile(t, "4d3c2b1a 0200 0000 ffffffffffffffff")).b, []found{first},
			"web.pcap: byte 84: pcapng version 2.0 is not known", nil},
		{"section header too short", good().block(blockSection, hexFile(t, "4d3c2b1a")).b, []found{first},
			"web.pcap: byte 84: section header of 4 bytes", nil},
		{"section header too long", append(good().b, hexFile(t, "0a0d0d0a f0ffff7f 4d3c2b1a")...), []found{first},
			"web.pcap: byte 84: section header of 2147483632 bytes", nil},
		{"block header cut", append(good().b, 6, 0, 0), []found{first}, "web.pcap: byte 84: block header of 8 bytes cut after 3", nil},
		{"packet cut", good().packet(0, 1, 3, abc).b[:84+30], []found{first},
			"web.pcap: byte 84: frame 2: block of type 0x6 and 36 bytes cut after 30", nil},
		{"length too short", append(good().b, hexFile(t, "06000000 08000000")...), []found{first},
			"web.pcap: byte 84: block of type 0x6 with a length of 8", nil},
		{"length not a multiple of four", append(good().b, hexFile(t, "06000000 25000000")...), []found{first},
			"web.pcap: byte 84: block of type 0x6 with a length of 37", nil},
		{"length above the file", append(good().b, hexFile(t, "06000000 f0ffffff 00000000")...), []found{first},
			"web.pcap: byte 84: frame 2: block of type 0x6 and 4294967280 bytes cut after 12", nil},
		{"length at the end differs", append(good().packet(0, 1, 3, abc).b[:84+32], 0, 0, 0, 0), []found{first, {2, 1000, "aabbcc", 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}, "",
			[]string{"byte 84: block length 36 is given as 0 at its end"}},
		{"interface not described", good().packet(7, 1, 3, abc).packet(0, 1, 3, abc).b, []found{first, third}, "",
			[]string{"byte 84: frame 2: interface 7 is not described"}},
		{"interface of the obsolete block not described", good().timed(blockPacket, []byte{9, 0, 0, 0}, 1, 3, abc).packet(0, 1, 3, abc).b, []found{first, third}, "",
			[]string{"byte 84: frame 2: interface 9 is not described"}},
		{"interfaces end with their section", good().section(le().appender).packet(0, 1, 3, abc).b, []found{first}, "",
			[]string{"byte 112: frame 2: interface 0 is not described"}},
		{"captured length above the block", good().block(blockEnhanced, hexFile(t, "00000000 00000000 01000000 f0ffffff f0ffffff")).packet(0, 1, 3, abc).b, []found{first, third}, "",
			[]string{"byte 84: frame 2: packet of 4294967280 bytes in a block that has room for 0"}},
		{"packet blocks too short", good().block(blockEnhanced, abc).block(blockPacket, abc).block(blockSimple).b, []found{first}, "",
			[]string{"byte 84: frame 2: enhanced packet block of 4 bytes", "byte 100: frame 3: packet block of 4 bytes",
				"byte 116: frame 4: simple packet block of 0 bytes, 1 interfaces described"}},
		{"simple packet without an interface", le().simple(3, abc).b, nil, "",
			[]string{"byte 28: frame 1: simple packet block of 8 bytes, 0 interfaces described"}},
		{"damaged interface keeps its number", le().block(blockInterface, abc).iface(capture.LinkEthernet, 0).packet(1, 1, 3, abc).packet(0, 1, 3, abc).b,
			[]found{{1, 1000, "aabbcc", 3, capture.LinkEthernet, 0, 1, capture.Unmarked}}, "",
			[]string{"byte 28: interface description of 4 bytes", "byte 100: frame 2: interface 0 is not described"}},
		{"option above its block", good().packet(0, 1, 3, abc, hexFile(t, "0100 ffff 61626364")).b, []found{first, {2, 1000, "aabbcc", 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}, "",
			[]string{"byte 84: frame 2: option that does not fit in its block of type 0x6"}},
		{"option header cut by another", good().iface(capture.LinkRaw, 0, hexFile(t, "0900 0500 06")).b, []found{first}, "",
			[]string{"byte 84: option that does not fit in its block of type 0x1"}},
		{"other blocks too short", good().block(blockSecrets, abc).block(blockStatistics, abc).block(blockNames, hexFile(t, "0100 ff00")).b, []found{first}, "",
			[]string{"byte 84: secrets block of 4 bytes", "byte 100: interface statistics of 4 bytes",
				"byte 116: option that does not fit in its block of type 0x4"}},
		{"statistics of an unknown interface", good().block(blockStatistics, hexFile(t, "05000000 00000000 00000000")).b, []found{first}, "",
			[]string{"byte 84: statistics of interface 5, which is not described"}},
		{"secrets above their block", good().block(blockSecrets, hexFile(t, "4b534c54 ff000000 61626364")).b, []found{first}, "",
			[]string{"byte 84: secrets of 255 bytes in a block that has room for 4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, got, err := readBytes(test.file, capture.Limits{})
			checkFound(t, got, test.want)
			checkError(t, err, test.err)
			if s != nil {
				checkProblems(t, s, test.problems...)
			}
		})
	}
}

// TestLargeBlocks passes over blocks that are too large to be looked into, each
// with what it means for those that follow.
func TestLargeBlocks(t *testing.T) {
	large := make([]byte, maxBlock+defaultPacket)
	f := le().iface(capture.LinkEthernet, 0).block(blockInterface, large).iface(capture.LinkRaw, 0).
		block(blockEnhanced, large).packet(2, 1, 3, abc)
	s, got, err := readBytes(f.b, capture.Limits{})
	checkError(t, err, "")
	checkFound(t, got, []found{{2, 1000, "aabbcc", 3, capture.LinkRaw, 0, 2, capture.Unmarked}})
	checkProblems(t, s,
		"byte 48: block of type 0x1 and 17039372 bytes skipped, too large",
		"byte 17039440: frame 1: block of type 0x6 and 17039372 bytes skipped, too large")
	if len(s.in.buf) > bufferSize {
		t.Errorf("the buffer grew to %d bytes", len(s.in.buf))
	}
}

func TestPcapngPacketAboveTheLimit(t *testing.T) {
	f := le().iface(capture.LinkEthernet, 0).packet(0, 1, 3, abc).packet(0, 1, 2, abc[:2])
	s, got, err := readBytes(f.b, capture.Limits{Packet: 2})
	checkError(t, err, "")
	checkFound(t, got, []found{{2, 1000, "aabb", 2, capture.LinkEthernet, 0, 0, capture.Unmarked}})
	checkProblems(t, s, "byte 48: frame 1: packet of 3 bytes skipped, the limit is 2")
}

func TestTicks(t *testing.T) {
	const most = math.MaxUint64
	tests := []struct {
		name       string
		resolution uint8
		offset     int64
		count      uint64
		want       int64
	}{
		{"microseconds", 6, 0, 1_000_002, 1_000_002_000},
		{"nanoseconds", 9, 0, 7, 7},
		{"seconds", 0, 0, 7, 7e9},
		{"picoseconds", 12, 0, 7_999, 7},
		{"10^-28", 28, 0, most, 1},
		{"10^-29", 29, 0, most, 0},
		{"10^-64", 64, 0, most, 0},
		{"10^-127", 127, 0, most, 0},
		{"2^0", 0x80, 0, 3, 3e9},
		{"2^-10", 0x80 | 10, 0, 1536, 1.5e9},
		{"2^-32, as NTP", 0x80 | 32, 0, 1_600_000_000<<32 | 1<<31, 1_600_000_000_500_000_000},
		{"2^-64", 0x80 | 64, 0, 1 << 63, 5e8},
		{"2^-127", 0x80 | 127, 0, most, 0},
		{"count above 64 bits of nanoseconds", 0, 0, most, math.MaxInt64},
		{"count above 63 bits of nanoseconds", 9, 0, most, math.MaxInt64},
		{"offset", 6, -1, 1, -999_999_000},
		{"offset too large", 6, math.MaxInt64, most, math.MaxInt64},
		{"offset too small", 6, math.MinInt64, 0, -math.MaxInt64 / 1_000_000_000 * 1_000_000_000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clock := newTicks(test.resolution, test.offset)
			if got := clock.nanoseconds(test.count); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}
