package http

import (
	"encoding/binary"
	"slices"
)

// fieldName is a name that field lines are tested for in any letter case, eight
// bytes at a time.
type fieldName struct {
	text    string   // in lower case, of at most 24 bytes
	windows []window // as many as it takes, 3 at most
}

// window is a test of the eight bytes at one place of a line.
type window struct {
	at   int
	fold uint64 // bits that make a letter a small one; none for what is no letter, whose case has no meaning
	keep uint64 // bits that are compared
	want uint64
}

// nameOf prepares a name. Where it takes several windows, the last one ends
// with the name.
func nameOf(text string) *fieldName {
	n := &fieldName{text: text}
	last := max(0, len(text)-8)
	for _, at := range slices.Compact([]int{0, min(8, last), last}) {
		w := window{at: at}
		for j := range min(8, len(text)-at) {
			c := uint64(text[at+j])
			w.want |= c << (8 * j)
			w.keep |= 0xff << (8 * j)
			if 'a' <= c && c <= 'z' {
				w.fold |= 0x20 << (8 * j)
			}
		}
		n.windows = append(n.windows, w)
	}
	return n
}

// begins reports whether line, which is not shorter than the name, begins with
// it.
func (n *fieldName) begins(line []byte) bool {
	if len(line) < 8 {
		return equalFold(line[:len(n.text)], n.text)
	}
	for i := range n.windows {
		w := &n.windows[i]
		if (binary.LittleEndian.Uint64(line[w.at:])|w.fold)&w.keep != w.want {
			return false
		}
	}
	return true
}

// The names of the fields that matter for the framing of a message, RFC 9112
// section 6, for the connection, and for a logon.
var (
	nameHost             = nameOf("host")
	nameConnection       = nameOf("connection")
	nameProxyConnection  = nameOf("proxy-connection")
	nameContentLength    = nameOf("content-length")
	nameTransferEncoding = nameOf("transfer-encoding")
	nameExpect           = nameOf("expect")
	nameUpgrade          = nameOf("upgrade")
	nameProxySupport     = nameOf("proxy-support")
)

// memberKeepAlive is no field but what most of Connection say.
var memberKeepAlive = nameOf("keep-alive")

// authNames are the names of authentication fields, RFC 9110 section 11, in
// requests and in responses: that for the origin server, and that for the
// proxy.
var authNames = [2][2]*fieldName{
	{nameOf("authorization"), nameOf("proxy-authorization")},
	{nameOf("www-authenticate"), nameOf("proxy-authenticate")},
}
