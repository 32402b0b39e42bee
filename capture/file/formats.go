package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Format is a kind of file, recognised by how it begins and never by its name.
type Format struct {
	// Name is what messages call such files: "snoop captures".
	Name string

	begins []string            // the first bytes of such a file: one of these,
	match  func(b []byte) bool // or what else tells it. b has at most size bytes, fewer only if the file has no more.
	size   int                 // how many bytes match looks at

	// open reads the header of the file. It is nil for a format that is
	// recognised but not read.
	open func(in *input) (records, error)
}

// Formats are the formats that are recognised. Rows that need few bytes are
// first: a pipe may have no more to give yet. To read another format, give its
// row an open function, in a file of its own.
var Formats = []Format{
	{Name: "pcap captures", match: isPcap, size: magicSize, open: openPcap},
	{Name: "pcapng captures", match: isPcapng, size: magicSize, open: openPcapng},

	{Name: "Network Monitor 2 captures", begins: []string{"GMBU"}},
	{Name: "Network Monitor 1 captures", begins: []string{"RTSS"}},
	{Name: "the pcap variant a1b234cd", begins: []string{"\xa1\xb2\x34\xcd", "\xcd\x34\xb2\xa1"}},
	{Name: "the pcap variant a12b3c4d", begins: []string{"\xa1\x2b\x3c\x4d", "\x4d\x3c\x2b\xa1"}},
	{Name: "gzip inside a compressed file", begins: []string{"\x1f\x8b"}},
	{Name: "zstd inside a compressed file", begins: []string{"\x28\xb5\x2f\xfd"}},
	{Name: "bzip2 compression", begins: []string{"BZh"}},
	{Name: "lz4 compression", begins: []string{"\x04\x22\x4d\x18"}},
	{Name: "zip archives (a Fiddler .saz is one)", begins: []string{"PK\x03\x04", "PK\x05\x06"}},
	{Name: "xz compression", begins: []string{"\xfd7zXZ\x00"}},
	{Name: "7z archives", begins: []string{"7z\xbc\xaf\x27\x1c"}},
	{Name: "snoop captures", begins: []string{"snoop\x00\x00\x00"}},
	{Name: "iptrace captures", begins: []string{"iptrace 1.0", "iptrace 2.0"}},
	{Name: "Windows event traces (.etl)", match: isETL, size: 72},
	{Name: "JSON (a .har is JSON)", match: isJSON, size: longestMatch},
}

// longestMatch is the largest number of bytes that a format is recognised by.
const longestMatch = 80

// Readable reports whether files of the format can be read.
func (f *Format) Readable() bool { return f.open != nil }

// recognises reports whether in begins as files of the format do.
func (f *Format) recognises(in *input) bool {
	for _, first := range f.begins {
		if in.need(len(first)) && bytes.HasPrefix(in.unused(), []byte(first)) {
			return true
		}
	}
	if f.match == nil {
		return false
	}
	in.need(f.size)
	b := in.unused()
	return f.match(b[:min(len(b), f.size)])
}

// openRecords finds the format of the capture and reads its header.
func openRecords(in *input) (records, error) {
	if !in.need(1) {
		if in.err != io.EOF {
			return nil, fmt.Errorf("%s: %w", in.name, in.err)
		}
		return nil, fmt.Errorf("%s: empty file", in.name)
	}
	for i := range Formats {
		switch f := &Formats[i]; {
		case !f.recognises(in):
		case f.Readable():
			return f.open(in)
		default:
			return nil, fmt.Errorf("%s: %w: ntlmtrace cannot read %s yet", in.name, ErrNotCapture, f.Name)
		}
	}
	b := in.unused()
	b = b[:min(len(b), 8)]
	return nil, fmt.Errorf("%s: %w: it begins with % x (%q)", in.name, ErrNotCapture, b, b)
}

// isETL knows the WMI_BUFFER_HEADER that begins an event trace: buffer type 4
// is a header, and buffers have at least their own header of 72 bytes.
func isETL(b []byte) bool {
	const bufferType, typeHeader = 54, 4
	if len(b) < 72 || binary.LittleEndian.Uint16(b[bufferType:]) != typeHeader {
		return false
	}
	size := binary.LittleEndian.Uint32(b)
	used := binary.LittleEndian.Uint32(b[48:])
	return size >= 72 && size <= 64<<20 && used >= 72
}

// isJSON looks for the brace after white space and the byte order mark that
// some browsers write.
func isJSON(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(b, []byte("{")) || bytes.HasPrefix(b, []byte("["))
}
