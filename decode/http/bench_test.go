package http_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/spnego"
	"ntlmtrace/decode/token/tokentest"
)

// A head as browsers send it, and its answer.
var (
	browserFields = "Host: web01.corp.example\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nReferer: http://web01.corp.example/reports\r\n" +
		"Accept-Encoding: gzip, deflate\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: " + strings.Repeat("session=0123456789abcdef; ", 10) + "\r\n"
	browserGet = "GET /reports/2026/list?page=1&sort=name HTTP/1.1\r\n" + browserFields + "\r\n"
	browserT3  = "GET /reports HTTP/1.1\r\n" + browserFields + "Authorization: NTLM " + t3 + "\r\n\r\n"
	browserOK  = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: Microsoft-IIS/10.0\r\nX-Powered-By: ASP.NET\r\n" +
		"Date: Mon, 05 Jan 2026 08:00:00 GMT\r\nContent-Length: 100000\r\n\r\n<html>"
)

// feeder returns the same segments again and again.
type feeder struct {
	d        *decode.Decoder
	c        tcp.Conn
	segments []tcp.Segment
	bytes    int64
}

func newFeeder(segmentSize int, conversation ...string) *feeder {
	f := &feeder{d: decode.NewDecoder(0, decodetest.NoSink{}, decode.Limits{})}
	for i, turn := range conversation {
		for turn != "" {
			n := min(segmentSize, len(turn))
			f.segments = append(f.segments, tcp.Segment{Stamp: capture.Stamp{Frame: 1}, Dir: capture.Dir(i % 2), Data: []byte(turn[:n])})
			f.bytes += int64(n)
			turn = turn[n:]
		}
	}
	return f
}

func (f *feeder) feed() {
	for i := range f.segments {
		f.d.Data(&f.c, &f.segments[i])
	}
}

// An offer as IIS makes it, and a logon in SPNEGO.
const offers = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"

func negotiate(token string) string {
	return "Negotiate " + base64.StdEncoding.EncodeToString([]byte(token))
}

func spnegoLogon() []string {
	get := func(token string) string {
		return strings.Replace(browserGet, "Cookie:", "Authorization: "+negotiate(token)+"\r\nCookie:", 1)
	}
	return []string{
		get(tokentest.GSSFrame(spnego.SPNEGO, tokentest.NegTokenInit(tokentest.Negotiate, spnego.NTLMSSP))), head401(negotiate(tokentest.NegTokenResp(serverToken(1)))),
		get(tokentest.NegTokenResp(userToken(1))), browserOK,
	}
}

// TestExchangesAllocateNothing holds the decoder to memory that it uses again.
// Each conversation goes on on one connection, so what is behind the first
// logon has an identity.
func TestExchangesAllocateNothing(t *testing.T) {
	logon := []string{strings.Replace(browserT3, t3, t1, 1), ntlmLogon[1], browserT3, browserOK}
	for name, f := range map[string]*feeder{
		"heads in one segment": newFeeder(1<<20, browserGet, browserOK),
		"small segments":       newFeeder(100, browserGet, browserOK),
		"pipelined":            newFeeder(1<<20, browserGet+browserGet+browserGet, decodetest.PlainOK+decodetest.PlainOK+decodetest.PlainOK),
		"chunks":               newFeeder(1<<20, browserGet, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
		"offers":               newFeeder(1<<20, browserGet, offers),
		"logon":                newFeeder(1<<20, logon...),
		"Basic":                newFeeder(1<<20, decodetest.BasicGet, decodetest.PlainOK),
		"logon, small":         newFeeder(100, logon...),
		"with an identity":     newFeeder(1<<20, append(slices.Clone(logon), browserGet, browserOK, browserGet+browserGet, decodetest.PlainOK+decodetest.PlainOK)...),
		"logon in SPNEGO":      newFeeder(1<<20, spnegoLogon()...),
	} {
		f.feed()
		if n := testing.AllocsPerRun(100, f.feed); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if s := f.d.Stats(); s.Requests != s.Responses || s.Incomplete != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func BenchmarkHTTP(b *testing.B) {
	for name, f := range map[string]*feeder{
		"plain":          newFeeder(1<<20, browserGet, browserOK),
		"small segments": newFeeder(134, browserGet, browserOK),
		"logon":          newFeeder(1460, ntlmLogon[0], ntlmLogon[1], browserT3, browserOK),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(f.bytes)
			b.ReportAllocs()
			for b.Loop() {
				f.feed()
			}
		})
	}
}
