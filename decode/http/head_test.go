package http

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ntlmtrace/decode/carrier"
)

// The slow grammar of a head without folded lines: what is read of it by
// patterns, line by line. Names are in any letter case; blanks may stand before
// the colon.
var (
	statusPattern  = regexp.MustCompile(`^(HTTP/1\.[0-9])[ \t]+([1-9][0-9][0-9])(?:[ \t][\s\S]*)?$`)
	requestPattern = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]([\s\S]*)[ \t](HTTP/1\.[0-9])$`)
	fieldPattern   = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]*:([\s\S]*)$`)
)

// slowHead describes a head as describeHead does; "" if its start line is none.
func slowHead(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var d headText
	start := strings.TrimRight(lines[0], "\r\n \t")
	if m := statusPattern.FindStringSubmatch(start); m != nil {
		d.response, d.version, d.status = true, m[1], m[2]
	} else if m := requestPattern.FindStringSubmatch(start); m != nil && len(m[1]) <= maxMethod && strings.Trim(m[2], " \t") != "" {
		d.method, d.target, d.version, d.status = m[1], strings.Trim(m[2], " \t"), m[3], "0"
	} else {
		return ""
	}
	d.length = -1
	for _, line := range lines[1:] {
		if m := fieldPattern.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			d.field(m[1], strings.Trim(m[2], " \t\r"))
		}
	}
	return d.String()
}

// headText is a head as the slow grammar reads it.
type headText struct {
	response                        bool
	status, method, target, version string
	host                            string
	hosts                           int
	length                          int64
	marks                           [7]bool // badLength, chunked, coded, close, keepAlive, expect, h2c
	auth                            []string
}

func (d headText) String() string {
	return fmt.Sprintf("%v %s %q %q %s host %q of %d, length %d, %v, %q", d.response, d.status, d.method, d.target, d.version, d.host, d.hosts, d.length, d.marks, d.auth)
}

func (d *headText) field(name, value string) {
	list := strings.Split(strings.ToLower(value), ",")
	has := func(member string) bool {
		for _, one := range list {
			if token, _ := cutToken(strings.TrimLeft(one, " \t")); token == member {
				return true
			}
		}
		return false
	}
	auth := map[bool]string{false: "authorization", true: "www-authenticate"}[d.response]
	proxy := map[bool]string{false: "proxy-authorization", true: "proxy-authenticate"}[d.response]
	switch strings.ToLower(name) {
	case "host":
		d.host = value
		d.hosts++
	case "content-length":
		for _, one := range strings.Split(value, ",") {
			one = strings.Trim(one, " \t\r")
			n, err := strconv.ParseUint(one, 10, 64)
			if strings.TrimLeft(one, "0123456789") == "" && one != "" && err != nil {
				n, err = maxLength, nil // more than 64 bits
			}
			switch n := int64(min(n, maxLength)); {
			case err != nil, d.length >= 0 && d.length != n:
				d.marks[0] = true
			default:
				d.length = n
			}
		}
	case "transfer-encoding":
		d.marks[1] = d.marks[1] || has("chunked")
		d.marks[2] = d.marks[2] || !has("identity")
	case "connection", "proxy-connection":
		d.marks[3] = d.marks[3] || has("close")
		d.marks[4] = d.marks[4] || has("keep-alive")
	case "expect":
		d.marks[5] = d.marks[5] || has("100-continue")
	case "upgrade":
		d.marks[6] = d.marks[6] || has("h2c")
	case auth, proxy:
		d.auth = append(d.auth, fmt.Sprintf("%s %v %s", name, strings.EqualFold(name, proxy), value))
	}
}

func describeHead(h *head) string {
	d := headText{
		response: h.response, status: strconv.Itoa(h.status), method: string(h.part(h.method)), target: string(h.part(h.target)),
		version: string(h.part(h.version)), host: string(h.part(h.host)), hosts: h.hosts, length: h.length,
		marks: [7]bool{h.badLength, h.chunked, h.coded, h.close, h.keepAlive, h.expect, h.h2c},
	}
	for _, p := range h.places {
		d.auth = append(d.auth, fmt.Sprintf("%s %v %s", h.part(p.name), p.proxy, h.part(p.value)))
	}
	return d.String()
}

// agrees holds the scan of a head against the slow grammar.
func agrees(t *testing.T, h *head, text string) {
	t.Helper()
	n, v := h.scan([]byte(text))
	if v == carrier.Maybe {
		return // the grammar is that of whole heads
	}
	end := len(text)
	if v == carrier.Yes {
		end = n
	}
	got, want := "", slowHead(text[:end])
	if v == carrier.Yes {
		got = describeHead(h)
	}
	if got != want {
		t.Errorf("%q\n%s\nby the slow grammar\n%s", text, got, want)
	}
	if has := h.auth; v == carrier.Yes && has != (len(h.places) > 0) {
		t.Errorf("%q: auth %v with %d places", text, has, len(h.places))
	}
}

// headParts are put together at random to heads, most of them odd.
var headParts = []string{
	"GET /a HTTP/1.1\r\n", "POST /a b \t HTTP/1.0\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 407\n", "HTTP/1.1 99 \n", "GET  HTTP/1.1\n", "\r", "\r\n", "\n\n",
	"Host: web01\r\n", "hOST\t:\r\n", "Host:\n", "Hos\n", "Connection: keep-alive\r\n", "connection:close , x\r\n", "Proxy-Connection: Keep-Alive\n",
	"Content-Length: 12\r\n", "content-length : 7,7\n", "Content-Length: 99999999999999999999\n", "Content-Length:\r\n", "Content-Lengthy: 1\n", "Content\rLength: 5\n",
	"Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding: identity\n", "Expect: 100-continue\r\n", "Upgrade: h2c\r\n", "Upgrade-Insecure-Requests: 1\r\n",
	"Authorization: NTLM abc=\r\n", "AUTHORIZATION : \t basic x \r\n", "Proxy-Authorization:\n", "WWW-Authenticate: NTLM\r\n", "www\rauthenticate: x\n", "Proxy-Authenticate: a, b\r\n",
	"Accept: x\r\n", "Cookie: a=b; c\r\n", ": x\n", "a\n", "Authorization\n", "Authorization x: y\n", " ", "x", ":", "\x00",
}

func TestHeadsAsTheSlowGrammarReadsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var h head
	for range 20000 {
		text := headParts[rng.IntN(4)]
		for range rng.IntN(8) {
			text += headParts[rng.IntN(len(headParts))]
		}
		agrees(t, &h, text+"\n\n")
		if t.Failed() {
			return
		}
	}
}

// FuzzHead holds the scan of a head against the slow grammar.
func FuzzHead(f *testing.F) {
	for i := range headParts {
		f.Add(headParts[i%4] + headParts[i] + "\n\n")
	}
	var used head
	f.Fuzz(func(t *testing.T, text string) {
		agrees(t, &used, text)
	})
}

// FuzzFieldName compares names in any letter case and with any byte in place of
// one.
func FuzzFieldName(f *testing.F) {
	names := []*fieldName{nameHost, nameConnection, nameProxyConnection, nameContentLength, nameTransferEncoding, nameExpect, nameUpgrade,
		memberKeepAlive, authNames[0][0], authNames[0][1], authNames[1][0], authNames[1][1]}
	for _, n := range names {
		f.Add(strings.ToUpper(n.text)+": x", uint8(3), byte('\r'))
	}
	f.Fuzz(func(t *testing.T, line string, at uint8, c byte) {
		b := []byte(line)
		for _, changed := range []bool{false, true} {
			if changed && len(b) > 0 {
				b[int(at)%len(b)] = c
			}
			for _, n := range names {
				if len(b) < len(n.text) {
					continue
				}
				want := asciiLower(b[:len(n.text)]) == n.text
				if got := n.begins(b); got != want {
					t.Errorf("%q begins with %s: %v", b, n.text, got)
				}
			}
		}
	})
}

func asciiLower(b []byte) string {
	return string(bytes.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, b))
}
