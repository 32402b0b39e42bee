package decode

import "bytes"

// head is what one pass over a message head finds. Its slices point into the
// head.
type head struct {
	response       bool
	status         int
	method, target []byte
	version        []byte // "HTTP/1.1"
	host           []byte
	hosts          int // Host fields

	letters letterSet // with which its fields begin

	length    int64 // Content-Length; -1 if there is none
	badLength bool  // it has several values, or one that is no number
	chunked   bool
	coded     bool // it has a Transfer-Encoding that is not chunked
	close     bool // Connection: close
	keepAlive bool
	expect    bool // Expect: 100-continue
	h2c       bool // Upgrade: h2c
	auth      bool // it has an authentication field
	folded    bool // obsolete line folding, RFC 9112 section 5.2
}

// parse reads b, which begins with a message head without empty lines before
// it. It gives the length of the head if all of it is there.
func (h *head) parse(b []byte) (n int, v Verdict) {
	n, v = h.scan(b)
	if v == Yes && h.folded {
		h.scan(unfold(b[:n]))
		h.folded = true
	}
	return n, v
}

// scan is parse without regard to folded lines. One walk over the lines with a
// switch on the first letter is the cheapest way known: looking for the empty
// line first cost a fifth more.
func (h *head) scan(b []byte) (n int, v Verdict) {
	*h = head{length: -1}
	nl := bytes.IndexByte(b, '\n')
	if nl < 0 {
		return 0, mayStart(b)
	}
	if !h.startLine(b[:nl]) {
		return 0, No
	}
	for at := nl + 1; ; {
		nl := bytes.IndexByte(b[at:], '\n')
		if nl < 0 {
			return 0, Maybe
		}
		line := b[at : at+nl]
		at += nl + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return at, Yes
		}
		h.letters |= letter(line[0])
		switch line[0] | 0x20 {
		case 'a', 'c', 'e', 'h', 'p', 't', 'u', 'w':
			h.field(line)
		default:
			h.folded = h.folded || isBlank(line[0])
		}
	}
}

// startLine reads a request line or a status line, RFC 9112 sections 3 and 4,
// with any white space between its parts, and even inside the target, as old
// clients send it.
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
	h.method, h.version = line[:n], line[last:]
	h.target = bytes.Trim(line[n:last], " \t")
	return len(h.target) > 0
}

func (h *head) statusLine(line []byte) bool {
	const at = len("HTTP/1.1")
	code := bytes.TrimLeft(line[at:], " \t")
	if len(line) == at || !isBlank(line[at]) || len(code) < 3 || len(code) > 3 && !isBlank(code[3]) {
		return false
	}
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return false
		}
		h.status = h.status*10 + int(c-'0')
	}
	h.response, h.version = true, line[:at]
	return h.status >= 100
}

// field takes over a field line that matters for the framing of the message,
// RFC 9112 section 6, or for authentication.
func (h *head) field(line []byte) {
	switch line[0] | 0x20 {
	case 'a', 'w':
		// Most fields with these letters are Accept, Accept-Language and the like.
		h.auth = h.auth || len(line) > 1 && line[1]|0x20 != 'c' && authField(line, h.response) != ""
	case 'h':
		if v, ok := fieldValue(line, "host"); ok {
			h.host = v
			h.hosts++
		}
	case 'p':
		if authField(line, h.response) != "" {
			h.auth = true
		} else if v, ok := fieldValue(line, "proxy-connection"); ok {
			h.connection(v)
		}
	case 'c':
		if v, ok := fieldValue(line, "content-length"); ok {
			h.contentLength(v)
		} else if v, ok := fieldValue(line, "connection"); ok {
			h.connection(v)
		}
	case 't':
		if v, ok := fieldValue(line, "transfer-encoding"); ok {
			h.chunked = h.chunked || hasMember(v, "chunked")
			h.coded = h.coded || !hasMember(v, "identity")
		}
	case 'e':
		v, _ := fieldValue(line, "expect")
		h.expect = h.expect || hasMember(v, "100-continue")
	case 'u':
		v, _ := fieldValue(line, "upgrade")
		h.h2c = h.h2c || hasMember(v, "h2c")
	}
}

// authField gives the name, in lower case, of the authentication field that
// line is, RFC 9110 section 11, and else "".
func authField(line []byte, response bool) string {
	names := [2]string{"authorization", "proxy-authorization"}
	if response {
		names = [2]string{"www-authenticate", "proxy-authenticate"}
	}
	for _, name := range names {
		if _, ok := fieldValue(line, name); ok {
			return name
		}
	}
	return ""
}

func (h *head) connection(v []byte) {
	if isName(v, "keep-alive") { // as nearly always
		h.keepAlive = true
		return
	}
	h.close = h.close || hasMember(v, "close")
	h.keepAlive = h.keepAlive || hasMember(v, "keep-alive")
}

// contentLength keeps the first value: servers differ in which of several they
// take, and with the first most of them agree.
func (h *head) contentLength(v []byte) {
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

// decimal gives the value of b, at most maxLength, or -1 if it is no number.
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

// lastOnConn reports whether the sender announces the end of the connection,
// RFC 9112 section 9.3.
func (h *head) lastOnConn() bool {
	return h.close || !h.keepAlive && h.version[len(h.version)-1] == '0'
}

// maxMethod is the longest method taken for one; of those registered, the
// longest has 17 letters.
const maxMethod = 32

// mayStart says whether b, which holds no line end, may be the beginning of a
// request or status line.
func mayStart(b []byte) Verdict {
	n := tokenLen(b)
	switch {
	case n < len(b) && b[n] == '/':
		v := b[:min(len(b), len(httpVersion))]
		if !bytes.Equal(v, httpVersion[:len(v)]) {
			return No
		}
	case n > maxMethod, n < len(b) && (n == 0 || !isBlank(b[n])):
		return No
	}
	return Maybe
}

var httpVersion = []byte("HTTP/1.")

// isVersion tests whether b begins with the version of HTTP/1.
func isVersion(b []byte) bool {
	return len(b) >= 8 && b[0] == 'H' && bytes.HasPrefix(b, httpVersion) && '0' <= b[7] && b[7] <= '9'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func tokenLen(b []byte) int {
	n := 0
	for n < len(b) && isTokenByte(b[n]) {
		n++
	}
	return n
}

// fieldValue gives the value of the field line, if it is called name, which is
// in lower case. White space before the colon is against RFC 9112 section 5.1
// and yet accepted by servers.
func fieldValue(line []byte, name string) (value []byte, ok bool) {
	// The byte after the name tells most other names apart.
	if len(line) <= len(name) || line[len(name)] != ':' && !isBlank(line[len(name)]) || !equalFold(line[:len(name)], name) {
		return nil, false
	}
	rest := line[len(name):]
	for len(rest) > 0 && isBlank(rest[0]) {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0] != ':' {
		return nil, false
	}
	return trimBlanks(rest[1:]), true
}

// equalFold compares b with lower, which is in lower case and as long.
func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hasMember tests whether the list v has the member name, whatever parameters
// follow it.
func hasMember(v []byte, name string) bool {
	for len(v) > 0 {
		var one []byte
		one, v, _ = bytes.Cut(v, comma)
		one = bytes.TrimLeft(one, " \t")
		if n := tokenLen(one); n == len(name) && equalFold(one[:n], name) {
			return true
		}
	}
	return false
}
