package file

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"reflect"
	"testing"

	"ntlmtrace/capture"
)

// appender is what both byte orders of encoding/binary are.
type appender interface {
	AppendUint16([]byte, uint16) []byte
	AppendUint32([]byte, uint32) []byte
	AppendUint64([]byte, uint64) []byte
}

// ngFile writes pcapng block by block.
type ngFile struct {
	appender
	b []byte
}

// le and be begin a file with a section header in their byte order.
func le() *ngFile { return new(ngFile).section(binary.LittleEndian) }
func be() *ngFile { return new(ngFile).section(binary.BigEndian) }

func (f *ngFile) section(o appender, options ...[]byte) *ngFile {
	f.appender = o
	body := o.AppendUint32(nil, orderMagic)
	body = o.AppendUint16(body, 1)
	body = o.AppendUint16(body, 0)
	body = o.AppendUint64(body, math.MaxUint64)
	return f.block(blockSection, append([][]byte{body}, options...)...)
}

// block adds a block; its body is padded to 32 bits.
func (f *ngFile) block(kind uint32, parts ...[]byte) *ngFile {
	body := bytes.Join(parts, nil)
	body = append(body, make([]byte, padded(len(body))-len(body))...)
	size := uint32(len(body) + blockFrame)
	f.b = f.AppendUint32(f.b, kind)
	f.b = f.AppendUint32(f.b, size)
	f.b = append(f.b, body...)
	f.b = f.AppendUint32(f.b, size)
	return f
}

// option returns an option, padded.
func (f *ngFile) option(code uint16, value []byte) []byte {
	b := f.AppendUint16(nil, code)
	b = f.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, padded(len(b))-len(b))...)
}

func (f *ngFile) option32(code uint16, v uint32) []byte {
	return f.option(code, f.AppendUint32(nil, v))
}

func (f *ngFile) option64(code uint16, v uint64) []byte {
	return f.option(code, f.AppendUint64(nil, v))
}

func (f *ngFile) iface(link capture.LinkType, snaplen uint32, options ...[]byte) *ngFile {
	body := f.AppendUint16(nil, uint16(link))
	body = f.AppendUint16(body, 0)
	body = f.AppendUint32(body, snaplen)
	return f.block(blockInterface, append([][]byte{body}, options...)...)
}

// packet adds an enhanced packet block.
func (f *ngFile) packet(id uint32, count uint64, length uint32, data []byte, options ...[]byte) *ngFile {
	body := f.AppendUint32(nil, id)
	return f.timed(blockEnhanced, body, count, length, data, options...)
}

// timed adds a packet block after the words in which the two kinds differ.
func (f *ngFile) timed(kind uint32, body []byte, count uint64, length uint32, data []byte, options ...[]byte) *ngFile {
	body = f.AppendUint32(body, uint32(count>>32))
	body = f.AppendUint32(body, uint32(count))
	body = f.AppendUint32(body, uint32(len(data)))
	body = f.AppendUint32(body, length)
	body = append(body, data...)
	body = append(body, make([]byte, padded(len(body))-len(body))...)
	return f.block(kind, append([][]byte{body}, options...)...)
}

func (f *ngFile) simple(length uint32, data []byte) *ngFile {
	return f.block(blockSimple, f.AppendUint32(nil, length), data)
}

var abc = []byte{0xaa, 0xbb, 0xcc}

func TestPcapngWire(t *testing.T) {
	s, got, err := readBytes(hexFile(t, `
		0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000 ; section
		01000000 20000000 0100 0000 00000400 ; interface, Ethernet, 262144
			0900 0100 09000000 0000 0000 20000000 ; nanoseconds, end of options
		06000000 30000000 00000000 01000000 02000000 03000000 05000000 aabbcc00
			0200 0400 02000000 0000 0000 30000000 ; outbound
		0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
		00000001 00000014 0114 0000 00000000 00000014 ; interface, LINUX_SLL2
		00000006 00000024 00000000 00000000 00000002 00000003 00000003 aabbcc00 00000024
		`), capture.Limits{})
	checkError(t, err, "")
	checkProblems(t, s)
	checkFound(t, got, []found{
		{1, 1<<32 + 2, "aabbcc", 5, capture.LinkEthernet, 0, 0, capture.Outbound},
		{2, 2000, "aabbcc", 3, capture.LinkLinuxSLL2, 0, 1, capture.Unmarked}})
	if want := []capture.LinkType{capture.LinkEthernet, capture.LinkLinuxSLL2}; !reflect.DeepEqual(s.LinkTypes(), want) {
		t.Errorf("link types %v, want %v", s.LinkTypes(), want)
	}
}

func TestPcapngPackets(t *testing.T) {
	const rest = "aabbcc"
	for _, start := range []func() *ngFile{le, be} {
		tests := []struct {
			name string
			file *ngFile
			want []found
		}{
			{"interfaces of their own link type, unit and offset", start().
				iface(capture.LinkEthernet, 0).
				iface(capture.LinkRaw, 0, start().option(ifTsresol, []byte{9}), start().option64(ifTsoffset, 100)).
				packet(1, 7, 3, abc).packet(0, 7, 3, abc), []found{
				{1, 100e9 + 7, rest, 3, capture.LinkRaw, 0, 1, capture.Unmarked},
				{2, 7000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
			{"interface described between packets", start().
				iface(capture.LinkEthernet, 0).packet(0, 1, 3, abc).iface(capture.LinkLoop, 0).packet(1, 2, 3, abc), []found{
				{1, 1000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked},
				{2, 2000, rest, 3, capture.LinkLoop, 0, 1, capture.Unmarked}}},
			{"flags", start().iface(capture.LinkEthernet, 0).
				packet(0, 1, 3, abc, start().option32(epbFlags, 1)).
				packet(0, 1, 3, abc, start().option32(epbFlags, 2|2<<5)).
				packet(0, 1, 4, abc, start().option32(epbFlags, 3|2<<5)), []found{
				{1, 1000, rest, 3, capture.LinkEthernet, 0, 0, capture.Inbound},
				{2, 1000, rest, 3, capture.LinkEthernet, 2, 0, capture.Outbound},
				{3, 1000, rest, 4, capture.LinkEthernet, 1, 0, capture.Unmarked}}},
			{"frame check sequence of the interface, in bytes and in bits", start().
				iface(capture.LinkEthernet, 0, start().option(ifFCSLen, []byte{2})).
				iface(capture.LinkEthernet, 0, start().option(ifFCSLen, []byte{16})).
				packet(0, 1, 3, abc).packet(1, 1, 3, abc), []found{
				{1, 1000, rest, 3, capture.LinkEthernet, 2, 0, capture.Unmarked},
				{2, 1000, rest, 3, capture.LinkEthernet, 2, 1, capture.Unmarked}}},
			{"simple packets: cut by the snapshot length, time of the one before", start().
				iface(capture.LinkEthernet, 2).
				simple(1, abc[:1]).packet(0, 5, 3, abc).simple(9, abc[:2]), []found{
				{1, 0, "aa", 1, capture.LinkEthernet, 0, 0, capture.Unmarked},
				{2, 5000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked},
				{3, 5000, "aabb", 9, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
			{"obsolete packets", start().iface(capture.LinkEthernet, 0).
				timed(blockPacket, []byte{0, 0, 0, 0}, 1<<32|1, 5, abc, start().option32(epbFlags, 2)), []found{
				{1, (1<<32 + 1) * 1000, rest, 5, capture.LinkEthernet, 0, 0, capture.Outbound}}},
			{"unknown blocks", start().block(0xbad, abc).iface(capture.LinkEthernet, 0).
				block(0x80000001, nil).packet(0, 1, 3, abc).block(0x7fffffff, abc), []found{
				{1, 1000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked}}},
			{"sections of both byte orders", start().iface(capture.LinkEthernet, 0).packet(0, 1, 3, abc).
				section(binary.BigEndian).iface(capture.LinkRaw, 0).packet(0, 2, 3, abc).
				section(binary.LittleEndian).iface(capture.LinkNull, 0).packet(0, 3, 3, abc), []found{
				{1, 1000, rest, 3, capture.LinkEthernet, 0, 0, capture.Unmarked},
				{2, 2000, rest, 3, capture.LinkRaw, 0, 1, capture.Unmarked},
				{3, 3000, rest, 3, capture.LinkNull, 0, 2, capture.Unmarked}}},
			{"no packets", start(), nil},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s, got, err := readBytes(test.file.b, capture.Limits{})
				checkError(t, err, "")
				checkFound(t, got, test.want)
				checkProblems(t, s)
			})
		}
	}
}

func TestPcapngExtras(t *testing.T) {
	f := le()
	f.section(binary.LittleEndian, f.option(optComment, []byte("two taps")))
	f.iface(capture.LinkEthernet, 0)
	f.packet(0, 1, 3, abc, f.option(optComment, []byte("here")), f.option64(epbDropcount, 2))
	f.packet(0, 1, 3, abc, f.option64(epbDropcount, 3))
	f.timed(blockPacket, []byte{0, 0, 1, 0}, 1, 3, abc)       // one lost before it
	f.timed(blockPacket, []byte{0, 0, 0xff, 0xff}, 1, 3, abc) // unknown
	f.block(blockStatistics, make([]byte, 12), f.option64(isbIfdrop, 4), f.option64(isbOsdrop, 5))
	f.block(blockStatistics, make([]byte, 12), f.option64(isbIfdrop, 6), f.option64(isbOsdrop, 5))
	f.block(blockNames,
		f.option(1, []byte("\x0a\x00\x00\x01web01.corp.example\x00web01\x00")),
		f.option(1, []byte("\x0a\x00\x00\x01other\x00")),
		f.option(2, append(make([]byte, 15), "\x01localhost\x00"...)),
		f.option(3, []byte("\x02\x00\x00\x00\x00\x01nic\x00")), f.option(0, nil))
	f.block(blockSecrets, f.AppendUint32(nil, SecretTLSKeyLog), f.AppendUint32(nil, 3), abc)

	s, got, err := readBytes(f.b, capture.Limits{})
	checkError(t, err, "")
	checkProblems(t, s)
	if len(got) != 4 {
		t.Errorf("%d packets", len(got))
	}
	comments, count := s.Comments()
	if want := []Comment{{0, "two taps"}, {1, "here"}}; !reflect.DeepEqual(comments, want) || count != 2 {
		t.Errorf("%d comments %v", count, comments)
	}
	names := map[netip.Addr]string{netip.MustParseAddr("10.0.0.1"): "web01.corp.example", netip.MustParseAddr("::1"): "localhost"}
	if !reflect.DeepEqual(s.Names(), names) {
		t.Errorf("names %v", s.Names())
	}
	if want := []Secret{{SecretTLSKeyLog, abc}}; !reflect.DeepEqual(s.Secrets(), want) {
		t.Errorf("secrets %v", s.Secrets())
	}
	if s.Drops() != 11 { // the last statistics count those in the packets again
		t.Errorf("%d drops", s.Drops())
	}
}

func BenchmarkPcapng(b *testing.B) {
	const packets = 100_000
	f := le().iface(capture.LinkEthernet, 0)
	data := make([]byte, 120)
	for i := range packets {
		f.packet(0, uint64(i), uint32(len(data)), data)
	}
	benchmarkFile(b, f.b, packets)
}
