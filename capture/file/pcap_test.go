package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"ntlmtrace/capture"
)

const (
	headLE = "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 ; micro, 2.4, snaplen 262144, Ethernet\n"
	recLE  = "01000000 02000000 03000000 05000000 aabbcc ; 1.000002 s, 3 of 5 bytes\n"
)

func TestPcapVariants(t *testing.T) {
	const rest = "aabbcc"
	tests := []struct {
		name string
		file string
		want []found
	}{
		{"little-endian, microseconds", headLE + recLE + recLE, []found{
			{1, 1000002000, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked},
			{2, 1000002000, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"big-endian, microseconds", `
			a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000071
			00000001 00000002 00000003 00000005 aabbcc`, []found{
			{1, 1000002000, rest, 5, capture.LinkLinuxSLL, 0, 0, capture.Unmarked}}},
		{"little-endian, nanoseconds", `
			4d3cb2a1 0200 0400 00000000 00000000 ffff0000 65000000
			01000000 02000000 03000000 03000000 aabbcc`, []found{
			{1, 1000000002, rest, 3, capture.LinkRaw, 0, 0, capture.Unmarked}}},
		{"big-endian, nanoseconds", `
			a1b23c4d 0002 0004 00000000 00000000 0000ffff 00000001
			00000001 00000002 00000003 00000003 aabbcc`, []found{
			{1, 1000000002, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"modified, little-endian", `
			34cdb2a1 0200 0400 00000000 00000000 ffff0000 01000000
			01000000 02000000 03000000 03000000 02000000 0008 04 00 aabbcc ; eth1, IPv4, outgoing
			01000000 02000000 03000000 03000000 02000000 0008 00 00 aabbcc ; to this host
			01000000 02000000 03000000 03000000 02000000 0008 09 00 aabbcc ; no such type`, []found{
			{1, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Outbound},
			{2, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Inbound},
			{3, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"modified, big-endian", `
			a1b2cd34 0002 0004 00000000 00000000 0000ffff 00000001
			00000001 00000002 00000003 00000003 00000002 0800 04 00 aabbcc`, []found{
			{1, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Outbound}}},
		{"lcap from hardware", `
			ac01001c 0200 0400 00000000 00000000 ffff0000 01000000 13000000 ; 19 bytes of records
			01000000 02000000 03000000 03000000 aabbcc`, []found{
			{1, 1000000002, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"lcap from software, big-endian", `
			1c0001ab 0002 0004 00000000 00000000 0000ffff 00000001 00000013
			00000001 00000002 00000003 00000003 aabbcc`, []found{
			{1, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"link type above 255", `
			d4c3b2a1 0200 0400 00000000 00000000 ffff0000 14010000
			01000000 02000000 00000000 00000000`, []found{
			{1, 1000002000, "", 0, capture.LinkLinuxSLL2, 0, 0, capture.Unmarked}}},
		{"frame check sequence of four bytes", `
			d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000024 ; 2 words
			01000000 02000000 06000000 06000000 aabb01020304
			01000000 02000000 03000000 06000000 aabb01 ; cut: one byte of it is left
			01000000 02000000 02000000 06000000 aabb`, []found{
			{1, 1000002000, "aabb01020304", 6, capture.LinkEthernet, 4, 0, capture.Unmarked},
			{2, 1000002000, "aabb01", 6, capture.LinkEthernet, 1, 0, capture.Unmarked},
			{3, 1000002000, "aabb", 6, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"length of the check sequence without its flag", `
			d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000020
			01000000 02000000 03000000 03000000 aabbcc`, []found{
			{1, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"version 2.2: length on the wire first", `
			d4c3b2a1 0200 0200 00000000 00000000 ffff0000 01000000
			01000000 02000000 05000000 03000000 aabbcc`, []found{
			{1, 1000002000, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"version 2.3: either order", `
			d4c3b2a1 0200 0300 00000000 00000000 ffff0000 01000000
			01000000 02000000 05000000 03000000 aabbcc
			01000000 02000000 03000000 05000000 aabbcc`, []found{
			{1, 1000002000, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked},
			{2, 1000002000, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"AIX", `
			a1b2c3d4 0002 0002 00000000 00000000 0000ffff 00000006 ; ifType ethernet-csmacd
			00000001 00000002 00000003 00000005 aabbcc`, []found{
			{1, 1000000002, rest, 5, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"length on the wire of 0", headLE + "01000000 02000000 03000000 00000000 aabbcc", []found{
			{1, 1000002000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"after 2038, and back in time", headLE + `
			ffffffff ffffffff 00000000 00000000
			00000000 00000000 00000000 00000000`, []found{
			{1, 4294967295e9 + 4294967295e3, "", 0, capture.LinkEthernet, 0, 0, capture.Unmarked},
			{2, 0, "", 0, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
		{"no packets", headLE, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, got, err := readBytes(hexFile(t, test.file), capture.Limits{})
			checkError(t, err, "")
			checkFound(t, got, test.want)
			if s != nil {
				checkProblems(t, s)
			}
		})
	}
}

func TestPcapDamage(t *testing.T) {
	const head64 = "d4c3b2a1 0200 0400 00000000 00000000 40000000 01000000 ; snaplen 64\n"
	one := []found{{1, 1000002000, "aabbcc", 5, capture.LinkEthernet, 0, 0, capture.Unmarked}}
	tests := []struct {
		name string
		file string
		want []found
		err  string
	}{
		{"file header cut", "d4c3b2a1 0200 0400 00", nil,
			"web.pcap: byte 0: file header of 24 bytes cut after 9"},
		{"version 1", "d4c3b2a1 0100 0400 00000000 00000000 ffff0000 01000000", nil,
			"web.pcap: byte 0: pcap version 1.4 is not known"},
		{"record header cut", headLE + recLE + "01000000 02", one,
			"web.pcap: byte 43: frame 2: record header of 16 bytes cut after 5"},
		{"record cut", headLE + recLE + "01000000 02000000 ea050000 ea050000 aabb", one,
			"web.pcap: byte 43: frame 2: record of 1514 bytes cut after 2"},
		{"record longer than the limit and the file", headLE + recLE + "01000000 02000000 00000400 00000400 aabb", one,
			"web.pcap: byte 43: frame 2: record of 262144 bytes cut after 2"},
		{"length above the snapshot length and the limit", head64 + recLE + "01000000 02000000 f0ffffff f0ffffff aabb", one,
			"web.pcap: byte 43: frame 2: record of 4294967280 bytes in a file whose largest is 64"},
		{"length above all that is possible", `
			d4c3b2a1 0200 0400 00000000 00000000 ffffffff 01000000` + "\n" + recLE + "01000000 02000000 f0ffff7f f0ffff7f aabb", one,
			"web.pcap: byte 43: frame 2: record of 2147483632 bytes in a file whose largest is 134217728"},
		{"large record that the file does not hold", `
			d4c3b2a1 0200 0400 00000000 00000000 ffffffff 01000000` + "\n" + recLE + "01000000 02000000 00000007 00000007 aabb", one,
			"web.pcap: byte 43: frame 2: record of 117440512 bytes cut after 2"},
		{"length above the snapshot length alone", head64 + `
			01000000 02000000 41000000 41000000` + zeros(65), []found{
			{1, 1000002000, zeros(65), 65, capture.LinkEthernet, 0, 0, capture.Unmarked}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := readBytes(hexFile(t, test.file), capture.Limits{})
			checkFound(t, got, test.want)
			checkError(t, err, test.err)
			var damage *DamageError
			if test.err != "" && !errors.As(err, &damage) {
				t.Errorf("error is a %T", err)
			}
		})
	}
}

// zeros returns the hex of n zero bytes.
func zeros(n int) string { return string(bytes.Repeat([]byte("00"), n)) }

func TestPacketAboveTheLimit(t *testing.T) {
	file := hexFile(t, headLE+recLE+`
		01000000 02000000 09000000 09000000 010203040506070809
		`+recLE)
	s, got, err := readBytes(file, capture.Limits{Packet: 8})
	checkError(t, err, "")
	checkFound(t, got, []found{
		{1, 1000002000, "aabbcc", 5, capture.LinkEthernet, 0, 0, capture.Unmarked},
		{3, 1000002000, "aabbcc", 5, capture.LinkEthernet, 0, 0, capture.Unmarked}})
	checkProblems(t, s, "byte 43: frame 2: packet of 9 bytes skipped, the limit is 8")
}

func TestReadErrorIsShown(t *testing.T) {
	file := hexFile(t, headLE+recLE+"01000000 02000000 03000000 05000000 aa")
	s, err := NewSource("web.pcap", failing(file), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(s)
	if len(got) != 1 || !errors.Is(err, errDisk) {
		t.Errorf("%d packets, %v", len(got), err)
	}
	checkError(t, err, "web.pcap: byte 43: frame 2: record of 3 bytes cut after 1: disk on fire")
}

// pcapOf builds a file of n records of size bytes each.
func pcapOf(n, size int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, pcapMicro)
	b = le.AppendUint32(b, 4<<16|2)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, uint32(capture.LinkEthernet))
	data := make([]byte, size)
	for i := range n {
		b = le.AppendUint32(b, uint32(i))
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(size))
		b = le.AppendUint32(b, uint32(size))
		b = append(b, data...)
	}
	return b
}

func BenchmarkPcap(b *testing.B) {
	benchmarkFile(b, pcapOf(100_000, 120), 100_000)
}

// benchmarkFile reads a file again and again.
func benchmarkFile(b *testing.B, file []byte, packets int) {
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSource("web.pcap", bytes.NewReader(file), capture.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		ps := make([]capture.Packet, 128)
		read, n := 0, 0
		for err == nil {
			n, err = s.NextAll(ps)
			read += n
		}
		if err != io.EOF || read != packets {
			b.Fatal(read, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packets), "ns/packet")
}
