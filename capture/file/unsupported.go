package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// strangers are the files that people hand to a reader of captures and that it
// cannot read, by how they begin.
var strangers = []struct {
	magic string
	name  string
}{
	{"GMBU", "Network Monitor 2 captures"},
	{"RTSS", "Network Monitor 1 captures"},
	{"snoop\x00\x00\x00", "snoop captures"},
	{"iptrace 1.0", "iptrace captures"},
	{"iptrace 2.0", "iptrace captures"},
	{"PK\x03\x04", "zip archives (a Fiddler .saz is one)"},
	{"PK\x05\x06", "zip archives (a Fiddler .saz is one)"},
	{"\xfd7zXZ\x00", "xz compression"},
	{"BZh", "bzip2 compression"},
	{"\x04\x22\x4d\x18", "lz4 compression"},
	{"7z\xbc\xaf\x27\x1c", "7z archives"},
	{"\x1f\x8b", "gzip inside a compressed file"},
	{"\x28\xb5\x2f\xfd", "zstd inside a compressed file"},
	{"\xa1\xb2\x34\xcd", "the pcap variant a1b234cd"},
	{"\xcd\x34\xb2\xa1", "the pcap variant a1b234cd"},
	{"\xa1\x2b\x3c\x4d", "the pcap variant a12b3c4d"},
	{"\x4d\x3c\x2b\xa1", "the pcap variant a12b3c4d"},
}

// strangerSize is how many bytes tell a stranger.
const strangerSize = 80

// stranger says what the input is, or how it begins, where no reader knows it.
func stranger(in *input) string {
	in.need(strangerSize)
	b := in.unused()
	b = b[:min(len(b), strangerSize)]
	for _, s := range strangers {
		if bytes.HasPrefix(b, []byte(s.magic)) {
			return "ntlmtrace cannot read " + s.name + " yet"
		}
	}
	switch {
	case isETL(b):
		return "ntlmtrace cannot read Windows event traces (.etl) yet"
	case isJSON(b):
		return "ntlmtrace cannot read JSON (a .har is JSON) yet"
	}
	b = b[:min(len(b), 8)]
	return fmt.Sprintf("it begins with % x (%q)", b, b)
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
