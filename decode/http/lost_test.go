package http_test

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode/decodetest"
)

const longPost = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"

func TestGaps(t *testing.T) {
	page := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<html>"
	tests := []struct {
		name string
		talk *decodetest.Talk
		want []string // the events after the first logon, if there is one
	}{
		{
			"inside a counted body", logon().Client(longPost).Gap(0, 60).Client(strings.Repeat("x", 40) + decodetest.PlainGet).Server(decodetest.PlainOK + decodetest.PlainOK),
			[]string{
				"request 1 POST /p -> open authenticated", "request 2 GET /a -> open authenticated",
				"1 POST /p -> 200 authenticated", "2 GET /a -> 200 authenticated",
			},
		},
		{
			"from a counted body into the next message", decodetest.New().Client(longPost[:20]).Client(longPost[20:]+"x").Gap(0, 120).Client("Cookie: x\r\n\r\n" + decodetest.BasicGet),
			[]string{"request 1 GET /b Basic()=alice -> open gap", "1 GET /b Basic()=alice -> capture ended before the answer gap last"},
		},
		{
			"in a head, before the token is complete", decodetest.New().Client("GET /n HTTP/1.1\r\nHost: a\r\nAuthorization: NTLM TlRMTVNT").Gap(0, 50).Client("AAAA\r\n\r\n").Server(decodetest.Refusal),
			[]string{"0 GET /n -> 401 NTLM(); head cut by a gap, in its authorization"},
		},
		{
			"in a head, after the token", decodetest.New().Client("GET /n HTTP/1.1\r\nAuthorization: NTLM "+t1+"\r\nCook").Gap(0, 50).Client("x\r\n\r\n").Server(decodetest.Refusal),
			[]string{"request 0 GET /n NTLM(T1) -> open; head cut by a gap", "0 GET /n NTLM(T1) -> 401 NTLM(); head cut by a gap"},
		},
		{
			"in a response head", decodetest.New().Client(decodetest.BasicGet).Server("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\nWWW-Auth").Gap(1, 50).
				Server("\r\n\r\n").Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 Basic()a; head cut by a gap", "1 GET /a -> 401 NTLM() gap",
			},
		},
		{
			"hides a response", decodetest.New().Client(decodetest.BasicGet).Client(decodetest.PlainGet).Gap(1, 50).Server(decodetest.Refusal),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> answer not captured", "1 GET /a -> 401 NTLM() gap"},
		},
		{
			"hides a response of a client that pipelines", decodetest.New().Client(decodetest.BasicGet+decodetest.PlainGet+decodetest.PlainGet).Server(decodetest.PlainOK[:10]).Server(decodetest.PlainOK[10:]).Gap(1, 50).Server(decodetest.Refusal),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200", "1 GET /a -> 401 NTLM() authenticated",
				"2 GET /a -> capture ended before the answer last authenticated",
			},
		},
		{
			"hides a request", decodetest.New().Client(decodetest.PlainGet).Server(decodetest.PlainOK).Gap(0, 50).Server(decodetest.Refusal).Client(decodetest.BasicGet),
			[]string{"1   -> 401 NTLM()", "request 2 GET /b Basic()=alice -> open gap", "2 GET /b Basic()=alice -> capture ended before the answer gap last"},
		},
		{
			"text that looks like a request", decodetest.New().Client(decodetest.PlainGet).Server(page).Gap(1, 2000).
				Server("see\nHTTP/1.1 401 No\n, or\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{"1 GET /a -> 401 NTLM() gap"},
		},
		{
			"begins in the middle of a body", decodetest.New().Midstream().Server("y of the page\r\n\r\n<p>\r\n").Client(decodetest.BasicGet).Server(decodetest.Refusal),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 NTLM()"},
		},
		{
			"begins with a response", decodetest.New().Midstream().Server(decodetest.Refusal).Client(decodetest.BasicGet).Server(decodetest.PlainOK),
			[]string{"0   -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open gap", "1 GET /b Basic()=alice -> 200 gap"},
		},
		{
			"wrong length of a body", decodetest.New().Client(decodetest.PlainGet).Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello\r\n").Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{"1 GET /a -> 401 NTLM() gap"},
		},
		{
			"in chunks", decodetest.New().Client(decodetest.PlainGet).Server(page).Gap(1, 2000).Server("end\r\n0\r\n\r\n" + decodetest.Refusal),
			[]string{"1   -> 401 NTLM() gap"},
		},
		{
			"head that is too long", decodetest.New().Client("GET /l HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nCookie: " + strings.Repeat("x", 70<<10) + "\r\n\r\n").
				Server(decodetest.PlainOK).Client(decodetest.PlainGet).Server(decodetest.PlainOK),
			[]string{
				"request 0 GET /l Basic()=alice -> open; head cut by its length", "0 GET /l Basic()=alice -> 200; head cut by its length",
				"request 1 GET /a -> open gap authenticated", "1 GET /a -> 200 gap authenticated",
			},
		},
		{
			"the connection ends in a head", decodetest.New().Client("GET /n HTTP/1.1\r\nAuthorization: NTLM " + t1 + "\r\nCook"),
			[]string{
				"request 0 GET /n NTLM(T1) -> open; head cut by the end of the connection",
				"0 GET /n NTLM(T1) -> capture ended before the answer last; head cut by the end of the connection",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.talk.Close(capture.CaptureEnd)
			if n := len(got); n > 0 && strings.HasPrefix(got[n-1], "closed") {
				got = got[:n-1]
			}
			decodetest.Same(t, got, tt.want)
		})
	}
}

func TestBodiesAreSkipped(t *testing.T) {
	const gigabyte = 1 << 30
	tests := []struct {
		name string
		head string
		want []int64
	}{
		{"small", longPost, []int64{100}},
		{"RPC over HTTP", "RPC_IN_DATA /rpc HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n", []int64{gigabyte}},
		{"above what one advice skips", "PUT / HTTP/1.1\r\nContent-Length: 2147483649\r\n\r\n", []int64{gigabyte, gigabyte}},
		{"length that overflows", "PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", []int64{gigabyte, gigabyte, gigabyte}},
		{"chunk", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10;x\r\nab", []int64{14}},
		{"no body", decodetest.PlainGet, []int64{0}},
	}
	for _, tt := range tests {
		talk := decodetest.New()
		data := tt.head
		for i, want := range tt.want {
			talk.Client(data)
			if got := talk.Skips(0); got != want {
				t.Errorf("%s: advice %d is to skip %d bytes, want %d", tt.name, i, got, want)
			}
			data = "x"
		}
	}
}
