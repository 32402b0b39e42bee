package decode

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
)

// Tokens of the shortest form that decodes: signature, type, and zeros.
const (
	t1 = "TlRMTVNTUAABAAAAAAAAAA=="                                         // NEGOTIATE, 16 bytes
	t2 = "TlRMTVNTUAACAAAAAAAAADAAAAABAgAAASNFZ4mrze8AAAAAAAAAAAAAAAAwAAAA" // CHALLENGE, 48 bytes
	// AUTHENTICATE, 64 bytes
	t3 = "TlRMTVNTUAADAAAAAAAAAEAAAAAAAAAAQAAAAAAAAABAAAAAAAAAAEAAAAAAAAAAQAAAAAAAAABAAAAAAQIAAA=="
)

func ntlmGet(token string) string {
	return "GET /n HTTP/1.1\r\nHost: web01\r\nAuthorization: NTLM " + token + "\r\n\r\n"
}

func head401(challenge string) string {
	return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge + "\r\nContent-Length: 0\r\n\r\n"
}

var ntlmLogon = [4]string{ntlmGet(t1), head401("NTLM " + t2), ntlmGet(t3), plainOK}

var ntlmEvents = []string{
	"request 0 GET /n NTLM(T1) -> open",
	"0 GET /n NTLM(T1) -> 401 NTLM(T2)",
	"request 1 GET /n NTLM(T3) -> open",
	"1 GET /n NTLM(T3) -> 200",
}

// logon plays a logon after which the connection has an identity.
func logon() *talk {
	t := newTalk().client(basicGet).server(plainOK)
	t.events = nil
	return t
}

func TestHTTP(t *testing.T) {
	tests := []struct {
		name string
		talk *talk
		want []string
	}{
		{"NTLM logon", newTalk().client(ntlmLogon[0]).server(ntlmLogon[1]).client(ntlmLogon[2]).server(ntlmLogon[3]), ntlmEvents},
		{"plain exchanges are only counted", newTalk().client(plainGet).server(plainOK).client(plainGet).server(plainOK), nil},
		{
			"identity keeps", logon().client(plainGet).server(plainOK),
			[]string{"request 1 GET /a -> open authenticated", "1 GET /a -> 200 authenticated"},
		},
		{
			"refused credentials give no identity", newTalk().client(basicGet).server(refusal).client(plainGet).server(plainOK),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 NTLM()"},
		},
		{
			"identity of the proxy survives a 401 of the origin server",
			newTalk().client("GET http://a/ HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n").server(refusal).client(plainGet).server(refusal),
			[]string{
				"request 0 GET http://a/ Basic()=bob -> open", "0 GET http://a/ Basic()=bob -> 401 NTLM()",
				"request 1 GET /a -> open authenticated", "1 GET /a -> 401 NTLM() authenticated",
			},
		},
		{
			"pipelined behind the credentials", newTalk().client(basicGet + plainGet + plainGet).server(plainOK + plainOK).server(plainOK),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200",
				"1 GET /a -> 200 authenticated", "2 GET /a -> 200 authenticated",
			},
		},
		{
			"interim responses", newTalk().client(plainGet).server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + refusal),
			[]string{"0 GET /a -> 401 NTLM()"},
		},
		{
			"body until close", newTalk().client(plainGet).server("HTTP/1.1 401 No\r\n\r\nHTTP/1.1 401 is how it begins\r\n\r\n").client(plainGet),
			[]string{"0 GET /a -> 401 last"},
		},
		{"HTTP/1.0", newTalk().client("GET /a HTTP/1.0\n\n").server("HTTP/1.0 401 No\nContent-Length: 0\n\n"), []string{"0 GET /a -> 401 last"}},
		{
			"HTTP/1.0 with keep-alive", newTalk().client("GET /a HTTP/1.0\nConnection: Keep-Alive\n\n").
				server("HTTP/1.0 401 No\nConnection: keep-alive\nContent-Length: 0\n\n"),
			[]string{"0 GET /a -> 401"},
		},
		{"connection close", newTalk().client(plainGet).server("HTTP/1.1 401 No\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"), []string{"0 GET /a -> 401 last"}},
		{
			"response to HEAD has no body", newTalk().client("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").server("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n").
				client(plainGet).server(refusal),
			[]string{"1 GET /a -> 401 NTLM()"},
		},
		{
			"204 and 304 have no body", newTalk().client(plainGet + plainGet + plainGet).
				server("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" + refusal),
			[]string{"2 GET /a -> 401 NTLM()"},
		},
		{
			"chunks with extensions and a trailer", newTalk().client(plainGet + plainGet).
				server("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n5;a=\"b\"\r\nhello\r\n0010 \r\n0123456789abcdef\r\n0\r\nExpires: x\r\n\r\n" + refusal),
			[]string{"1 GET /a -> 401 NTLM()"},
		},
		{
			"Content-Length twice: the first", newTalk().client("POST / HTTP/1.1\r\nContent-Length: 3\r\nAuthorization: Basic YWxpY2U6eA==\r\nContent-Length: 2\r\n\r\nabc" + plainGet).
				server(plainOK + plainOK),
			[]string{
				"request 0 POST / Basic()=alice -> open; Content-Length is not one number",
				"0 POST / Basic()=alice -> 200; Content-Length is not one number", "1 GET /a -> 200 authenticated",
			},
		},
		{
			"refused before the body is sent", newTalk().client("POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").server(refusal).client(basicGet).server(plainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"refused and the body is sent all the same", newTalk().client("POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").server(refusal).
				client("<xml>\n---" + basicGet).server(plainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"refused while the body is sent", newTalk().client("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc").server(refusal).client("defghi" + basicGet).server(plainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"space in the target, folding, white space, any case", newTalk().
				client("\r\nGET /a b  HTTP/1.1 \r\nhost:web01\r\naUTHORIZATION \t:\r\n\t bASIC\r\n YWxpY2U6eA==\r\nCookie: x\r\n y\r\n\r\n"),
			[]string{
				"request 0 GET /a b Basic()=alice -> open; a field is folded over several lines",
				"0 GET /a b Basic()=alice -> capture ended before the answer last; a field is folded over several lines",
			},
		},
		{
			"method that nobody knows", newTalk().client("FROBNICATE /x HTTP/1.1\r\n\r\n").server(refusal),
			[]string{"0 FROBNICATE /x -> 401 NTLM()"},
		},
		{
			"several sets of credentials", newTalk().client("GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nAuthorization: Bearer secret\r\n\r\n"),
			[]string{
				"request 0 GET / Basic()=alice Bearer() -> open; Authorization: more than one set of credentials",
				"0 GET / Basic()=alice Bearer() -> capture ended before the answer last; Authorization: more than one set of credentials",
			},
		},
		{
			"plain HTTP in a tunnel", newTalk().client("CONNECT a:80 HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n").
				server("HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\n").client(plainGet).server(refusal),
			[]string{"request 0 CONNECT a:80 Basic()=bob -> open", "0 CONNECT a:80 Basic()=bob -> 200", "1 GET /a -> 401 NTLM()"},
		},
		{
			"response only", newTalk().server(head401("NTLM " + t2)).server(plainOK).server(head401("Negotiate")),
			[]string{"0   -> 401 NTLM(T2)", "2   -> 401 Negotiate() gap"},
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

func TestEndings(t *testing.T) {
	tests := []struct {
		name string
		talk *talk
		how  capture.End
		want string
	}{
		{"FIN", newTalk().client(basicGet), capture.Finished, "closed before the answer last"},
		{"RST", newTalk().client(basicGet).server(plainOK).client(basicGet), capture.Reset, "reset before the answer last authenticated"},
		{"RST and the server never seen", newTalk().client(basicGet), capture.Reset, "answer not captured last"},
		{"idle", newTalk().client(basicGet), capture.Idle, "answer not captured last"},
		{"ports used again", newTalk().client(basicGet), capture.PortReused, "answer not captured last"},
		{"end of the capture", newTalk().client(basicGet), capture.CaptureEnd, "capture ended before the answer last"},
		{"FIN behind a gap", logon().client(basicGet).gap(1, 10).server("x"), capture.Finished, "answer not captured last authenticated"},
	}
	for _, tt := range tests {
		tt.talk.close(tt.how)
		x := tt.talk.all[len(tt.talk.all)-1]
		if _, got, _ := strings.Cut(describe(x), " -> "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestServerCloses(t *testing.T) {
	talk := newTalk().client(plainGet).server(refusal).client(basicGet)
	talk.d.HalfClosed(talk.c, 1, capture.Stamp{Frame: 9})
	if x := talk.all[len(talk.all)-1]; x.Ending != ClosedEarly {
		t.Errorf("%v after the FIN of the server, want %v", x.Ending, ClosedEarly)
	}
}

// TestFacts compares what describe leaves out.
func TestFacts(t *testing.T) {
	talk := newTalk().client("\r\n").client("PO").client("ST /x HTTP/1.1\r\nHost: web01\r\nContent-Length: 0\r\nX-A: 1\r\nx-a: 2\r\n").
		client("Authorization: NTLM " + t1 + "\r\n\r\n").server(head401("NTLM " + t2))
	talk.close(capture.CaptureEnd)
	x := talk.all[0]
	q, r := x.Request, x.Response
	if q.First.Frame != 2 || q.Stamp.Frame != 4 || r.First.Frame != 5 || r.Stamp.Frame != 5 {
		t.Errorf("frames %d to %d and %d to %d, want 2 to 4 and 5 to 5", q.First.Frame, q.Stamp.Frame, r.First.Frame, r.Stamp.Frame)
	}
	if q.Host != "web01" || q.Version != "HTTP/1.1" || q.ContentLength != 0 || q.Field("X-a") != "1, 2" {
		t.Errorf("host %q, version %q, length %d, X-a %q", q.Host, q.Version, q.ContentLength, q.Field("X-a"))
	}
	if x.Carrier != "http" || x.Conn.Start.Frame != 1 || r.ContentLength != 0 {
		t.Errorf("carrier %q, start %v, response length %d", x.Carrier, x.Conn.Start, r.ContentLength)
	}
}

func TestPendingIsBounded(t *testing.T) {
	talk := newTalk()
	for range 1000 {
		talk.client(basicGet)
	}
	h := talk.d.followers[0].(*httpFollower).active.at(1)
	if h.waiting > maxUnseen {
		t.Errorf("%d requests wait", h.waiting)
	}
	talk.close(capture.CaptureEnd)
	if n := len(talk.all); n != 1000 {
		t.Errorf("%d exchanges of 1000 requests", n)
	}
	for i, x := range talk.all {
		if x.Index != i {
			t.Fatalf("exchange %d comes as number %d", x.Index, i)
		}
	}
}
