package file

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// TestFormats holds that every row of the list is complete, and that rows that
// need few bytes are first.
func TestFormats(t *testing.T) {
	size := 0
	for _, f := range Formats {
		if f.Name == "" || (f.match == nil) == (len(f.begins) == 0) || (f.match == nil) != (f.size == 0) {
			t.Errorf("%+v", f)
		}
		for _, b := range f.begins {
			f.size = max(f.size, len(b))
		}
		if f.size > longestMatch || f.match != nil && f.size < size {
			t.Errorf("%s looks at %d bytes, after one that looks at %d", f.Name, f.size, size)
		}
		size = max(size, f.size)
	}
}

func TestNotACapture(t *testing.T) {
	etl := make([]byte, 512)
	copy(etl, hexFile(t, "00000800 c8010000"))
	copy(etl[48:], hexFile(t, "18020000 0100 0400"))
	tests := []struct{ name, file, err string }{
		{"empty", "", "empty file"},
		{"three bytes", "abc", `not a capture file that can be read: it begins with 61 62 63 ("abc")`},
		{"text", "#!/bin/sh\necho", `not a capture file that can be read: it begins with 23 21 2f 62 69 6e 2f 73 ("#!/bin/s")`},
		{"Network Monitor 2", "GMBU\x00\x02", "not a capture file that can be read: ntlmtrace cannot read Network Monitor 2 captures yet"},
		{"Network Monitor 1", "RTSS\x00\x01", "not a capture file that can be read: ntlmtrace cannot read Network Monitor 1 captures yet"},
		{"event trace", string(etl), "not a capture file that can be read: ntlmtrace cannot read Windows event traces (.etl) yet"},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02", "not a capture file that can be read: ntlmtrace cannot read snoop captures yet"},
		{"archive", "PK\x03\x04\x14\x00", "not a capture file that can be read: ntlmtrace cannot read zip archives (a Fiddler .saz is one) yet"},
		{"HAR", "\xef\xbb\xbf\r\n{\"log\":{}}", "not a capture file that can be read: ntlmtrace cannot read JSON (a .har is JSON) yet"},
		{"compressed twice", string(packettest.Gzip(t, packettest.Gzip(t, []byte("x")))), "not a capture file that can be read: ntlmtrace cannot read gzip inside a compressed file yet"},
		{"nothing compressed", string(packettest.Gzip(t, nil)), "empty file"},
		{"gzip header cut", "\x1f\x8b\x08\x00", "gzip: unexpected EOF"},
		{"gzip of another method", "\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00", "gzip: gzip: invalid header"},
		{"zstd that wants 2 GiB", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", "window size exceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := NewSource("web", strings.NewReader(test.file), capture.Limits{})
			if s != nil {
				t.Error("a source in spite of the error")
			}
			checkError(t, err, "web: "+test.err)
			if want := strings.HasPrefix(test.err, ErrNotCapture.Error()); errors.Is(err, ErrNotCapture) != want {
				t.Errorf("is ErrNotCapture: %v", !want)
			}
		})
	}
}

func zstdOf(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

func TestCompressed(t *testing.T) {
	file := pcapOf(1000, 1400)
	cut := pcapOf(1, 1400)
	_, want, err := readBytes(file, capture.Limits{})
	checkError(t, err, "")
	skippable := hexFile(t, "502a4d18 04000000 01020304")
	tests := []struct {
		name string
		file []byte
		want []found
		err  string
	}{
		{"gzip", packettest.Gzip(t, file), want, ""},
		{"gzip in two members", append(packettest.Gzip(t, file[:5000]), packettest.Gzip(t, file[5000:])...), want, ""},
		{"zstd", zstdOf(t, file), want, ""},
		{"zstd in two frames", append(zstdOf(t, file[:5000]), zstdOf(t, file[5000:])...), want, ""},
		{"zstd after a skippable frame", append(skippable, zstdOf(t, file)...), want, ""},
		{"capture cut before it was compressed", packettest.Gzip(t, cut[:1000]), nil,
			"web.pcap: byte 24: frame 1: record of 1400 bytes cut after 960"},
		{"gzip without its checksum", packettest.Gzip(t, cut)[:len(packettest.Gzip(t, cut))-8], want[:1],
			"web.pcap: byte 1440: compressed data cut"},
		{"gzip with another checksum", append(packettest.Gzip(t, cut)[:len(packettest.Gzip(t, cut))-8], make([]byte, 8)...), want[:1],
			"web.pcap: byte 1440: no more can be read: gzip: invalid checksum"},
		{"zstd cut in its second frame", append(zstdOf(t, cut), zstdOf(t, cut)[:10]...), want[:1],
			"web.pcap: byte 1440: compressed data cut"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := readBytes(test.file, capture.Limits{})
			checkFound(t, got, test.want)
			checkError(t, err, test.err)
		})
	}
}

func TestOpen(t *testing.T) {
	file := pcapOf(3, 10)
	name := filepath.Join(t.TempDir(), "web.pcap")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(name, capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name() != name || s.Size() != int64(len(file)) {
		t.Errorf("name %q, size %d", s.Name(), s.Size())
	}
	got, err := readAll(s)
	if err != nil || len(got) != 3 {
		t.Errorf("%d packets, %v", len(got), err)
	}
	if s.Offset() != s.Size() {
		t.Errorf("%d bytes read of %d", s.Offset(), s.Size())
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(name+".gone", capture.Limits{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(filepath.Dir(name), capture.Limits{}); err == nil {
		t.Error("a directory was opened")
	}
}

func TestErrorStays(t *testing.T) {
	file := pcapOf(2, 10)
	for _, cut := range []int{0, 5} {
		s, err := NewSource("web.pcap", bytes.NewReader(file[:len(file)-cut]), capture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		for err == nil {
			err = s.Next(&p)
		}
		if again := s.Next(&p); again != err {
			t.Errorf("%v, then %v", err, again)
		}
	}
}

func TestReaderThatGivesNothing(t *testing.T) {
	s, err := NewSource("web.pcap", io.MultiReader(bytes.NewReader(pcapOf(1, 10)), silent{}), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(s)
	if len(got) != 1 || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestNextDoesNotAllocate(t *testing.T) {
	ng := le().iface(capture.LinkEthernet, 0)
	for range 2000 {
		ng.packet(0, 1, 3, abc, ng.option32(epbFlags, 1))
	}
	for name, file := range map[string][]byte{"pcap": pcapOf(2000, 100), "pcapng": ng.b} {
		s, err := NewSource(name, bytes.NewReader(file), capture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		if n := testing.AllocsPerRun(1000, func() {
			if err := s.Next(&p); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

func TestBoundsOfExtras(t *testing.T) {
	f := le().iface(capture.LinkEthernet, 0)
	for i := range maxComments + 5 {
		f.packet(0, uint64(i), 3, abc, f.option(optComment, make([]byte, maxCommentText+1)))
		f.packet(9, 0, 3, abc)
	}
	big := make([]byte, maxSecretBytes-100)
	f.block(blockSecrets, f.AppendUint32(nil, 1), f.AppendUint32(nil, uint32(len(big))), big)
	f.block(blockSecrets, f.AppendUint32(nil, 1), f.AppendUint32(nil, 101), big[:101])
	s, _, err := readBytes(f.b, capture.Limits{})
	checkError(t, err, "")
	if kept, count := s.Comments(); len(kept) != maxComments || count != maxComments+5 || len(kept[0].Text) != maxCommentText {
		t.Errorf("%d comments of %d", len(kept), count)
	}
	if kept, count := s.Problems(); len(kept) != maxProblems || count != maxComments+5+1 {
		t.Errorf("%d problems of %d", len(kept), count)
	}
	if len(s.Secrets()) != 1 {
		t.Errorf("%d secrets", len(s.Secrets()))
	}
}
