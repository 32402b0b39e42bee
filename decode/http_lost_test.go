package decode

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
)

const longPost = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"

func TestGaps(t *testing.T) {
	page := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<html>"
	tests := []struct {
		name string
		talk *talk
		want []string // the events after the first logon, if there is one
	}{
		{
			"inside a counted body", logon().client(longPost).gap(0, 60).client(strings.Repeat("x", 40) + plainGet).server(plainOK + plainOK),
			[]string{
				"request 1 POST /p -> open authenticated", "request 2 GET /a -> open authenticated",
				"1 POST /p -> 200 authenticated", "2 GET /a -> 200 authenticated",
			},
		},
		{
			"from a counted body into the next message", newTalk().client(longPost[:20]).client(longPost[20:]+"x").gap(0, 120).client("Cookie: x\r\n\r\n" + basicGet),
			[]string{"request 1 GET /b Basic()=alice -> open gap", "1 GET /b Basic()=alice -> capture ended before the answer gap last"},
		},
		{
			"in a head, before the token is complete", newTalk().client("GET /n HTTP/1.1\r\nHost: a\r\nAuthorization: NTLM TlRMTVNT").gap(0, 50).client("AAAA\r\n\r\n").server(refusal),
			[]string{"0 GET /n -> 401 NTLM(); head cut by a gap, in its authorization"},
		},
		{
			"in a head, after the token", newTalk().client("GET /n HTTP/1.1\r\nAuthorization: NTLM "+t1+"\r\nCook").gap(0, 50).client("x\r\n\r\n").server(refusal),
			[]string{"request 0 GET /n NTLM(T1) -> open; head cut by a gap", "0 GET /n NTLM(T1) -> 401 NTLM(); head cut by a gap"},
		},
		{
			"in a response head", newTalk().client(basicGet).server("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\nWWW-Auth").gap(1, 50).
				server("\r\n\r\n").client(plainGet).server(refusal),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 Basic()a; head cut by a gap", "1 GET /a -> 401 NTLM() gap",
			},
		},
		{
			"hides a response", newTalk().client(basicGet).client(plainGet).gap(1, 50).server(refusal),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> answer not captured", "1 GET /a -> 401 NTLM() gap"},
		},
		{
			"hides a response of a client that pipelines", newTalk().client(basicGet+plainGet+plainGet).server(plainOK[:10]).server(plainOK[10:]).gap(1, 50).server(refusal),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200", "1 GET /a -> 401 NTLM() authenticated",
				"2 GET /a -> capture ended before the answer last authenticated",
			},
		},
		{
			"hides a request", newTalk().client(plainGet).server(plainOK).gap(0, 50).server(refusal).client(basicGet),
			[]string{"1   -> 401 NTLM()", "request 2 GET /b Basic()=alice -> open gap", "2 GET /b Basic()=alice -> capture ended before the answer gap last"},
		},
		{
			"text that looks like a request", newTalk().client(plainGet).server(page).gap(1, 2000).
				server("see\nHTTP/1.1 401 No\n, or\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").client(plainGet).server(refusal),
			[]string{"1 GET /a -> 401 NTLM() gap"},
		},
		{
			"begins in the middle of a body", newTalk().midstream().server("y of the page\r\n\r\n<p>\r\n").client(basicGet).server(refusal),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 NTLM()"},
		},
		{
			"begins with a response", newTalk().midstream().server(refusal).client(basicGet).server(plainOK),
			[]string{"0   -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open gap", "1 GET /b Basic()=alice -> 200 gap"},
		},
		{
			"wrong length of a body", newTalk().client(plainGet).server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello\r\n").client(plainGet).server(refusal),
			[]string{"1 GET /a -> 401 NTLM() gap"},
		},
		{
			"in chunks", newTalk().client(plainGet).server(page).gap(1, 2000).server("end\r\n0\r\n\r\n" + refusal),
			[]string{"1   -> 401 NTLM() gap"},
		},
		{
			"head that is too long", newTalk().client("GET /l HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nCookie: " + strings.Repeat("x", 70<<10) + "\r\n\r\n").
				server(plainOK).client(plainGet).server(plainOK),
			[]string{
				"request 0 GET /l Basic()=alice -> open; head cut by its length", "0 GET /l Basic()=alice -> 200; head cut by its length",
				"request 1 GET /a -> open gap authenticated", "1 GET /a -> 200 gap authenticated",
			},
		},
		{
			"the connection ends in a head", newTalk().client("GET /n HTTP/1.1\r\nAuthorization: NTLM " + t1 + "\r\nCook"),
			[]string{
				"request 0 GET /n NTLM(T1) -> open; head cut by the end of the connection",
				"0 GET /n NTLM(T1) -> capture ended before the answer last; head cut by the end of the connection",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.talk.close(capture.CaptureEnd)
			if n := len(got); n > 0 && strings.HasPrefix(got[n-1], "closed") {
				got = got[:n-1]
			}
			same(t, got, tt.want)
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
		{"no body", plainGet, []int64{0}},
	}
	for _, tt := range tests {
		talk := newTalk()
		data := tt.head
		for i, want := range tt.want {
			if talk.client(data); talk.skip[0] != want {
				t.Errorf("%s: advice %d is to skip %d bytes, want %d", tt.name, i, talk.skip[0], want)
			}
			talk.skip[0], data = 0, "x"
		}
	}
}
