package http

import (
	"bytes"
	"encoding/binary"

	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
)

// head is what one pass over a message head finds. It holds places and no
// slices, so that to fill it in is to write numbers.
type head struct {
	text []byte // what the spans are parts of: the head or, if lines of it are folded, a copy with one line for each field

	method, target span
	version        span // "HTTP/1.1"; empty if the start line is not there
	host           span
	support        span // Proxy-Support

	hosts  int // Host fields
	status int
	names  nameSet // of its fields

	length    int64 // Content-Length; -1 if there is none
	badLength bool  // it has several values, or one that is no number
	response  bool
	chunked   bool
	coded     bool // it has a Transfer-Encoding that is not chunked
	close     bool // Connection: close
	keepAlive bool
	expect    bool // Expect: 100-continue
	h2c       bool // Upgrade: h2c
	auth      bool // it has an authentication field, or was cut inside of one
	folded    bool // obsolete line folding, RFC 9112 section 5.2

	places []authPlace // of its authentication fields, in order
}

// span is a part of a head, from one index to another.
type span struct{ at, end uint32 }

// authPlace is where an authentication field of a head is.
type authPlace struct {
	name, value span
	proxy       bool
}

// part returns the bytes of s.
func (h *head) part(s span) []byte { return h.text[s.at:s.end] }

// started reports whether the start line was there.
func (h *head) started() bool { return h.version.end != 0 }

// parse reads b, which begins with a message head without empty lines before
// it. It returns the length of the head if all of it is there.
func (h *head) parse(b []byte) (n int, v carrier.Verdict) {
	n, v = h.scan(b)
	if v == carrier.Yes && h.folded {
		h.scan(unfold(b[:n]))
		h.folded = true
	}
	return n, v
}

// scan is parse without regard to folded lines. One walk over the lines with a
// switch on the first four letters is the cheapest way known: looking for the
// empty line first cost a fifth more.
func (h *head) scan(b []byte) (n int, v carrier.Verdict) {
	*h = head{text: b, length: -1, places: h.places[:0]}
	nl := bytes.IndexByte(b, '\n')
	if nl < 0 {
		return 0, mayStart(b)
	}
	if !h.startLine(b[:nl]) {
		return 0, carrier.No
	}
	names, folded := nameSet(0), false
	for at := nl + 1; ; {
		rest := b[at:]
		nl := bytes.IndexByte(rest, '\n')
		if nl < 0 {
			return 0, carrier.Maybe
		}
		at += nl + 1
		if nl < 4 { // no name that matters is as short
			if nl == 0 || nl == 1 && rest[0] == '\r' {
				h.names, h.folded = names, folded
				return at, carrier.Yes
			}
			folded = folded || isBlank(rest[0])
			continue
		}
		four := binary.LittleEndian.Uint32(rest)
		// To fold the case of the letters so makes some other bytes the same as
		// well: it is field that compares the whole name.
		four |= 0x20202020
		names |= startOf(four)
		switch four {
		case fourCont, fourConn, fourHost, fourAuth, fourWWW, fourProx, fourTran, fourExpe, fourUpgr:
			h.field(four, rest[:nl], at-nl-1)
		default:
			folded = folded || isBlank(rest[0])
		}
	}
}

// The first four letters of the names that matter, the first one lowest.
const (
	fourCont = 'c' | 'o'<<8 | 'n'<<16 | 't'<<24
	fourConn = 'c' | 'o'<<8 | 'n'<<16 | 'n'<<24
	fourHost = 'h' | 'o'<<8 | 's'<<16 | 't'<<24
	fourAuth = 'a' | 'u'<<8 | 't'<<16 | 'h'<<24
	fourWWW  = 'w' | 'w'<<8 | 'w'<<16 | '-'<<24
	fourProx = 'p' | 'r'<<8 | 'o'<<16 | 'x'<<24
	fourTran = 't' | 'r'<<8 | 'a'<<16 | 'n'<<24
	fourExpe = 'e' | 'x'<<8 | 'p'<<16 | 'e'<<24
	fourUpgr = 'u' | 'p'<<8 | 'g'<<16 | 'r'<<24
)

// startLine reads a request line or a status line, RFC 9112 sections 3 and 4,
// with any white space between its parts, and even inside the target, as old
// clients send it. It begins the head.
func (h *head) startLine(line []byte) bool {
	line = trimRight(line)
	if isVersion(line) {
		return h.statusLine(line)
	}
	n := tokenLen(line)
	last := len(line) - len("HTTP/1.1")
	if n == 0 || n > maxMethod || last <= n || !isBlank(line[n]) || !isBlank(line[last-1]) || !isVersion(line[last:]) {
		return false
	}
	from, to := n+1, last-1
	for from < to && isBlank(line[from]) {
		from++
	}
	for to > from && isBlank(line[to-1]) {
		to--
	}
	if from >= to {
		return false
	}
	h.method, h.target, h.version = spanOf(0, n), spanOf(from, to), spanOf(last, len(line))
	return true
}

func spanOf(at, end int) span { return span{uint32(at), uint32(end)} }

func (h *head) statusLine(line []byte) bool {
	const at = len("HTTP/1.1")
	code := trimLeft(line[at:])
	if len(line) == at || !isBlank(line[at]) || len(code) < 3 || len(code) > 3 && !isBlank(code[3]) {
		return false
	}
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return false
		}
		h.status = h.status*10 + int(c-'0')
	}
	h.response, h.version = true, spanOf(0, at)
	return h.status >= 100
}

// field takes over a field line that matters for the framing of the message,
// RFC 9112 section 6, or for authentication. It begins with four, in lower
// case, and is at byte at of the head.
func (h *head) field(four uint32, line []byte, at int) {
	switch four {
	case fourAuth, fourWWW:
		h.authField(line, at)
	case fourHost:
		if from, to, ok := fieldValue(line, nameHost); ok {
			h.host = spanOf(at+from, at+to)
			h.hosts++
		}
	case fourProx:
		if h.authField(line, at) {
			break
		}
		if from, to, ok := fieldValue(line, nameProxyConnection); ok {
			h.connection(line[from:to])
		} else if from, to, ok := fieldValue(line, nameProxySupport); ok {
			h.support = spanOf(at+from, at+to)
		}
	case fourCont:
		if from, to, ok := fieldValue(line, nameContentLength); ok {
			h.contentLength(line[from:to])
		}
	case fourConn:
		if from, to, ok := fieldValue(line, nameConnection); ok {
			h.connection(line[from:to])
		}
	case fourTran:
		if from, to, ok := fieldValue(line, nameTransferEncoding); ok {
			v := line[from:to]
			h.chunked = h.chunked || hasMember(v, "chunked")
			h.coded = h.coded || !hasMember(v, "identity")
		}
	case fourExpe:
		if from, to, ok := fieldValue(line, nameExpect); ok {
			h.expect = h.expect || hasMember(line[from:to], "100-continue")
		}
	case fourUpgr:
		if from, to, ok := fieldValue(line, nameUpgrade); ok {
			h.h2c = h.h2c || hasMember(line[from:to], "h2c")
		}
	}
}

// authField takes over an authentication field. It is false for any other.
func (h *head) authField(line []byte, at int) bool {
	proxy := line[0]|0x20 == 'p'
	name := h.authName(proxy)
	from, to, ok := fieldValue(line, name)
	if !ok {
		return false
	}
	h.auth = true
	h.places = append(h.places, authPlace{spanOf(at, at+len(name.text)), spanOf(at+from, at+to), proxy})
	return true
}

func (h *head) authName(proxy bool) *fieldName {
	names := &authNames[0]
	if h.response {
		names = &authNames[1]
	}
	return names[side(proxy)]
}

func (h *head) connection(v []byte) {
	if len(v) == len(memberKeepAlive.text) && memberKeepAlive.begins(v) { // as nearly always
		h.keepAlive = true
		return
	}
	h.close = h.close || hasMember(v, "close")
	h.keepAlive = h.keepAlive || hasMember(v, "keep-alive")
}

// contentLength keeps the first value: servers differ in which of several they
// take, and with the first most of them agree.
func (h *head) contentLength(v []byte) {
	if n := decimal(v); n >= 0 && h.length < 0 { // as nearly always
		h.length = n
		return
	}
	for more := true; more; {
		var one []byte
		one, v, more = bytes.Cut(v, comma)
		n := decimal(trimBlanks(one))
		switch {
		case n < 0, h.length >= 0 && n != h.length:
			h.badLength = true
		default:
			h.length = n
		}
	}
}

var comma = []byte{','}

// decimal returns the value of b, at most maxLength, or -1 if it is no number.
func decimal(b []byte) int64 {
	if len(b) == 0 {
		return -1
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = min(n*10+int64(c-'0'), maxLength)
	}
	return n
}

// maxLength bounds lengths so that sums of them do not overflow.
const maxLength = 1 << 56

// lastOnConn returns whether the sender announces the end of the connection, and
// how, RFC 9112 section 9.3: as a client does. A server's are the next bits.
func (h *head) lastOnConn() auth.Ends {
	switch {
	case h.close:
		return auth.ClientEnds
	case !h.keepAlive && h.text[h.version.end-1] == '0':
		return auth.OldClient
	}
	return 0
}
