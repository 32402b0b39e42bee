package carrier

import "bytes"

// Opaque is a protocol that is recognised only to be counted: what is inside
// cannot be read.
type Opaque uint8

// The opaque protocols.
const (
	TLS Opaque = iota + 1
	HTTP2
)

var http2Preface = []byte("PRI * HTTP/2.0\r\n") // RFC 9113 section 3.4

// RecogniseOpaque says whether b, the first bytes of a direction, begins TLS or
// HTTP/2 with prior knowledge.
func RecogniseOpaque(b []byte) (Opaque, Verdict) {
	if v := recogniseTLS(b); v != No {
		return TLS, v
	}
	n := min(len(b), len(http2Preface))
	switch {
	case !bytes.Equal(b[:n], http2Preface[:n]):
		return 0, No
	case n < len(http2Preface):
		return HTTP2, Maybe
	}
	return HTTP2, Yes
}

// recogniseTLS looks for a record header, RFC 8446 section 5.1: any content
// type, since a capture may begin in the middle, and version 3.0 to 3.4.
func recogniseTLS(b []byte) Verdict {
	switch {
	case len(b) == 0:
		return Maybe
	case b[0] < 20 || b[0] > 23, len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		return No
	case len(b) < 3:
		return Maybe
	}
	return Yes
}

// Count counts a connection whose content is k.
func (s *Stats) Count(k Opaque) {
	switch k {
	case TLS:
		s.TLSConnections++
	case HTTP2:
		s.HTTP2Connections++
	}
}
