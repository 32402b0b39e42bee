package file

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ntlmtrace/capture"
)

func noCounts(int) capture.InterfaceCounts { return capture.InterfaceCounts{} }

func TestPcapngWrite(t *testing.T) {
	e := NewPcapngEncoder(func(n int) capture.InterfaceInfo {
		return capture.InterfaceInfo{Name: fmt.Sprintf("eth%d", n), Snaplen: 1 << 16}
	})
	b := e.Section(nil, "ntlmtrace")
	b, ok := e.Packet(b, &capture.Packet{Stamp: capture.Stamp{Frame: 812, Time: 1<<32 + 2}, Data: abc, Length: 5, Link: capture.LinkLinuxSLL2, Interface: 3, Direction: capture.Outbound}, []byte("frame 812"))
	if !ok {
		t.Fatal("the packet was left out")
	}
	b = e.Statistics(b, 1, 2, func(n int) capture.InterfaceCounts { return capture.InterfaceCounts{Received: int64(n), Dropped: 7} })
	want := hexFile(t, `
		0a0d0d0a 30000000 4d3c2b1a 0100 0000 ffffffffffffffff ; section
			0400 0900 6e746c6d7472616365 000000 0000 0000 30000000 ; ntlmtrace
		01000000 28000000 1401 0000 00000100 ; interface, LINUX_SLL2
			0200 0400 65746833 0900 0100 09 000000 0000 0000 28000000 ; eth3, nanoseconds
		06000000 40000000 00000000 01000000 02000000 03000000 05000000 aabbcc00
			0200 0400 02000000 0100 0900 6672616d6520383132 000000 0000 0000 40000000 ; outbound, frame 812
		05000000 4c000000 00000000 00000000 02000000
			0200 0800 00000000 01000000 0300 0800 00000000 02000000 ; from, to
			0400 0800 0300000000000000 0500 0800 0700000000000000 0000 0000 4c000000`)
	if !bytes.Equal(b, want) {
		t.Errorf("got\n%x\nwant\n%x", b, want)
	}
	s, got, err := readBytes(b, capture.Limits{})
	checkError(t, err, "")
	checkProblems(t, s)
	checkFound(t, got, []found{{1, 1<<32 + 2, "aabbcc", 5, capture.LinkLinuxSLL2, 0, 0, capture.Outbound}})
	if comments, _ := s.Comments(); len(comments) != 1 || comments[0].Text != "frame 812" {
		t.Errorf("comments %v", comments)
	}
	if s.Drops() != 7 || s.InterfaceName(0) != "eth3" {
		t.Errorf("%d drops on %q", s.Drops(), s.InterfaceName(0))
	}
}

// writeAll writes packets into a file.
func writeAll(list []capture.Packet) []byte {
	e := NewPcapngEncoder(nil)
	b := e.Section(nil, "ntlmtrace")
	for i := range list {
		b, _ = e.Packet(b, &list[i], fmt.Appendf(nil, "frame %d", list[i].Frame))
	}
	return e.Statistics(b, 0, 1, noCounts)
}

// checkWritten wants list to be read from the file, numbered anew, with the
// interfaces in the order of their first packets.
func checkWritten(t *testing.T, b []byte, list []capture.Packet) {
	t.Helper()
	s, err := NewSource("out.pcapng", bytes.NewReader(b), capture.Limits{Packet: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	numbers := map[writtenInterface]int{}
	for i := range list {
		want := list[i]
		key := writtenInterface{want.Interface, want.Link}
		if _, known := numbers[key]; !known {
			numbers[key] = len(numbers)
		}
		want.Frame, want.Interface, want.Length = int64(i+1), numbers[key], max(want.Length, len(want.Data))
		var got capture.Packet
		if err := s.Next(&got); err != nil {
			t.Fatalf("packet %d: %v", i+1, err)
		}
		if !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("packet %d: %x, want %x", i+1, got.Data, want.Data)
		}
		if got.Data, want.Data = nil, nil; !reflect.DeepEqual(got, want) {
			t.Fatalf("packet %d\n got %+v\nwant %+v", i+1, got, want)
		}
	}
	checkProblems(t, s)
	if err := s.Next(new(capture.Packet)); err == nil {
		t.Error("a packet too many")
	}
}

func TestPcapngWriteKeeps(t *testing.T) {
	long := bytes.Repeat([]byte{0x5a}, 100_001)
	tests := []struct {
		name string
		list []capture.Packet
	}{
		{"no packets", nil},
		{"interfaces and directions", []capture.Packet{
			{Data: abc, Link: capture.LinkEthernet, Interface: 7, Direction: capture.Inbound},
			{Data: abc, Link: capture.LinkRaw, Interface: 2, Direction: capture.Outbound},
			{Data: abc, Link: capture.LinkEthernet, Interface: 7}}},
		{"one interface with two link types", []capture.Packet{{Data: abc, Link: capture.LinkEthernet}, {Data: abc, Link: capture.LinkRaw}, {Data: abc, Link: capture.LinkEthernet}}},
		{"times back and forth, the last one there is", []capture.Packet{
			{Stamp: capture.Stamp{Time: math.MaxInt64}, Data: abc}, {Stamp: capture.Stamp{Time: 0}, Data: abc}, {Stamp: capture.Stamp{Time: 1e18 + 1}, Data: abc}}},
		{"lengths", []capture.Packet{{Data: []byte{}}, {Data: abc[:1], Length: math.MaxInt32}, {Data: long, Length: len(long)}}},
		{"frame check sequences", []capture.Packet{{Data: abc, FCS: 2}, {Data: abc, FCS: 1, Length: 6}, {Data: long, FCS: 4}}},
		{"trimmed", []capture.Packet{{Data: abc, Length: 9, Trimmed: true}, {Data: abc}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkWritten(t, writeAll(tt.list), tt.list) })
	}
}

func TestPcapngWriteLimits(t *testing.T) {
	e := NewPcapngEncoder(nil)
	if b, ok := e.Packet(nil, &capture.Packet{Data: abc, Link: 1 << 16}, nil); ok || len(b) > 0 {
		t.Error("a link type of 17 bits was written")
	}
	b := e.Section(nil, "")
	for i := range 3 * maxInterfaces {
		b, _ = e.Packet(b, &capture.Packet{Data: abc, Interface: i, Link: capture.LinkEthernet}, nil)
	}
	if e.Interfaces() != maxInterfaces+1 {
		t.Errorf("%d interfaces", e.Interfaces())
	}
	b, _ = e.Packet(b, &capture.Packet{Stamp: capture.Stamp{Time: -1}, Data: abc, Interface: 1, Link: capture.LinkEthernet}, []byte(strings.Repeat("x", 1000)))
	s, got, err := readBytes(e.Statistics(b, 0, 0, noCounts), capture.Limits{})
	checkError(t, err, "")
	checkProblems(t, s)
	if n := len(got); n != 3*maxInterfaces+1 || got[n-1].time != 0 || got[n-1].iface != 1 {
		t.Errorf("%d packets, the last %+v", n, got[n-1])
	}
}

// TestWholeBlocks cuts a file at every byte: what is whole is what a reader
// finds without complaint.
func TestWholeBlocks(t *testing.T) {
	b := writeAll([]capture.Packet{{Data: abc}, {Data: abc, Interface: 1}, {Data: abc, Direction: capture.Inbound}})
	for n := range len(b) + 1 {
		size, packets, interfaces := WholeBlocks(b[:n])
		if size > n || n == len(b) && (size != n || packets != 3 || interfaces != 2) {
			t.Fatalf("of %d bytes %d are whole, with %d packets and %d interfaces", n, size, packets, interfaces)
		}
		if size == 0 {
			continue
		}
		s, got, err := readBytes(b[:size], capture.Limits{})
		checkError(t, err, "")
		checkProblems(t, s)
		if len(got) != packets {
			t.Fatalf("%d bytes hold %d packets, not %d", size, len(got), packets)
		}
	}
	if size, _, _ := WholeBlocks([]byte("\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")); size != 0 {
		t.Errorf("a block of no length is %d bytes", size)
	}
}

func TestPcapngForget(t *testing.T) {
	e := NewPcapngEncoder(nil)
	b, _ := e.Packet(e.Section(nil, ""), &capture.Packet{Data: abc}, nil)
	e.Packet(nil, &capture.Packet{Data: abc, Interface: 5}, nil) // never reaches the file
	e.Forget(1)
	b, _ = e.Packet(b, &capture.Packet{Data: abc, Interface: 6, Link: capture.LinkRaw}, nil)
	b, _ = e.Packet(b, &capture.Packet{Data: abc, Interface: 5}, nil)
	checkWritten(t, b, []capture.Packet{{Data: abc}, {Data: abc, Interface: 6, Link: capture.LinkRaw}, {Data: abc, Interface: 5}})
}

func TestPcapngWriteDoesNotAllocate(t *testing.T) {
	e := NewPcapngEncoder(nil)
	p := &capture.Packet{Data: make([]byte, 1500), Length: 1500, Link: capture.LinkEthernet, Direction: capture.Inbound}
	b, comment := make([]byte, 0, 4096), []byte("frame 1")
	b, _ = e.Packet(b, p, comment)
	if n := testing.AllocsPerRun(100, func() { b, _ = e.Packet(b[:0], p, comment) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// TestTsharkReadsWritten asks the reference.
func TestTsharkReadsWritten(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	e := NewPcapngEncoder(func(n int) capture.InterfaceInfo { return capture.InterfaceInfo{Name: fmt.Sprintf("eth%d", n)} })
	b := e.Section(nil, "ntlmtrace")
	for i, d := range []capture.Direction{capture.Unmarked, capture.Inbound, capture.Outbound} {
		p := &capture.Packet{Stamp: capture.Stamp{Frame: int64(7 * i), Time: 1e18 + int64(i)}, Data: make([]byte, 60), Length: 99, Link: capture.LinkEthernet, Interface: i, Direction: d}
		b, _ = e.Packet(b, p, fmt.Appendf(nil, "frame %d", 7*i))
	}
	b = e.Statistics(b, 1e18, 1e18+2, func(int) capture.InterfaceCounts { return capture.InterfaceCounts{Received: 9, Dropped: 1} })
	name := filepath.Join(t.TempDir(), "out.pcapng")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	c := exec.Command(tshark, "-n", "-r", name, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len",
		"-e", "frame.interface_name", "-e", "frame.packet_flags_direction", "-e", "frame.comment")
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var lines []string
	for line := range strings.Lines(stdout.String()) {
		lines = append(lines, strings.Join(strings.Fields(strings.ReplaceAll(line, "0x0000000", "")), " "))
	}
	want := []string{
		"1000000000.000000000 60 99 eth0 frame 0",
		"1000000000.000000001 60 99 eth1 1 frame 7",
		"1000000000.000000002 60 99 eth2 2 frame 14",
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}

// FuzzPcapngWrite wants any packets back as they were.
func FuzzPcapngWrite(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"), []byte("abc"), uint16(4))
	f.Add(bytes.Repeat([]byte{0xff}, 40), []byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, shape, data []byte, missing uint16) {
		var list []capture.Packet
		for ; len(shape) >= 13; shape = shape[13:] {
			n := min(len(data), int(shape[0]))
			p := capture.Packet{
				Stamp:     capture.Stamp{Frame: int64(shape[1]), Time: int64(written.Uint64(shape[2:]) >> 1)},
				Data:      data[:n:n],
				Length:    n,
				Link:      capture.LinkType(written.Uint16(shape[10:])),
				Interface: int(shape[1] & 3),
				Direction: capture.Direction(shape[12] % 3),
				Trimmed:   shape[12]&0x80 != 0,
			}
			if shape[12]&0x40 != 0 {
				p.Length += int(missing)
			} else {
				p.FCS = min(n, int(shape[12]>>2&15))
			}
			list = append(list, p)
		}
		checkWritten(t, writeAll(list), list)
	})
}

func BenchmarkPcapngWrite(b *testing.B) {
	e := NewPcapngEncoder(nil)
	p := &capture.Packet{Data: make([]byte, 1000), Length: 1000, Link: capture.LinkEthernet}
	out, comment := make([]byte, 0, 4096), []byte("frame 1234567")
	b.SetBytes(1000)
	b.ReportAllocs()
	for b.Loop() {
		out, _ = e.Packet(out[:0], p, comment)
	}
}
