package decode

import "bytes"

// Verdict is the answer to "do these bytes begin ...?".
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota
	Maybe         // they may, more bytes are needed
	Yes
)

// opaque is a protocol that is recognised only to be counted: what is inside
// cannot be read.
type opaque uint8

const (
	opaqueTLS opaque = iota + 1
	opaqueHTTP2
)

var http2Preface = []byte("PRI * HTTP/2.0\r\n") // RFC 9113 section 3.4

// recogniseOpaque says whether b, the first bytes of a direction, begins TLS or
// HTTP/2 with prior knowledge.
func recogniseOpaque(b []byte) (opaque, Verdict) {
	if v := recogniseTLS(b); v != No {
		return opaqueTLS, v
	}
	n := min(len(b), len(http2Preface))
	switch {
	case !bytes.Equal(b[:n], http2Preface[:n]):
		return 0, No
	case n < len(http2Preface):
		return opaqueHTTP2, Maybe
	}
	return opaqueHTTP2, Yes
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

// count counts a connection whose content is k.
func (s *Stats) count(k opaque) {
	switch k {
	case opaqueTLS:
		s.TLSConnections++
	case opaqueHTTP2:
		s.HTTP2Connections++
	}
}
