package http_test

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/http"
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

var ntlmLogon = [4]string{ntlmGet(t1), head401("NTLM " + t2), ntlmGet(t3), decodetest.PlainOK}

var ntlmEvents = []string{
	"request 0 GET /n NTLM(T1) -> open",
	"0 GET /n NTLM(T1) -> 401 NTLM(T2)",
	"request 1 GET /n NTLM(T3) -> open",
	"1 GET /n NTLM(T3) -> 200",
}

// logon plays a logon after which the connection has an identity.
func logon() *decodetest.Talk {
	t := decodetest.New().Client(decodetest.BasicGet).Server(decodetest.PlainOK)
	t.Events = nil
	return t
}

func TestHTTP(t *testing.T) {
	tests := []struct {
		name string
		talk *decodetest.Talk
		want []string
	}{
		{"NTLM logon", decodetest.New().Client(ntlmLogon[0]).Server(ntlmLogon[1]).Client(ntlmLogon[2]).Server(ntlmLogon[3]), ntlmEvents},
		{"plain exchanges are only counted", decodetest.New().Client(decodetest.PlainGet).Server(decodetest.PlainOK).Client(decodetest.PlainGet).Server(decodetest.PlainOK), nil},
		{
			"identity keeps", logon().Client(decodetest.PlainGet).Server(decodetest.PlainOK),
			[]string{"request 1 GET /a -> open authenticated", "1 GET /a -> 200 authenticated"},
		},
		{
			"refused credentials give no identity", decodetest.New().Client(decodetest.BasicGet).Server(decodetest.Refusal).Client(decodetest.PlainGet).Server(decodetest.PlainOK),
			[]string{"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 401 NTLM()"},
		},
		{
			"identity of the proxy survives a 401 of the origin server",
			decodetest.New().Client("GET http://a/ HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n").Server(decodetest.Refusal).Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{
				"request 0 GET http://a/ Basic()=bob -> open", "0 GET http://a/ Basic()=bob -> 401 NTLM()",
				"request 1 GET /a -> open authenticated", "1 GET /a -> 401 NTLM() authenticated",
			},
		},
		{
			"pipelined behind the credentials", decodetest.New().Client(decodetest.BasicGet + decodetest.PlainGet + decodetest.PlainGet).Server(decodetest.PlainOK + decodetest.PlainOK).Server(decodetest.PlainOK),
			[]string{
				"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200",
				"1 GET /a -> 200 authenticated", "2 GET /a -> 200 authenticated",
			},
		},
		{
			"interim responses", decodetest.New().Client(decodetest.PlainGet).Server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + decodetest.Refusal),
			[]string{"0 GET /a -> 401 NTLM()"},
		},
		{
			"body until close", decodetest.New().Client(decodetest.PlainGet).Server("HTTP/1.1 401 No\r\n\r\nHTTP/1.1 401 is how it begins\r\n\r\n").Client(decodetest.PlainGet),
			[]string{"0 GET /a -> 401 last"},
		},
		{"HTTP/1.0", decodetest.New().Client("GET /a HTTP/1.0\n\n").Server("HTTP/1.0 401 No\nContent-Length: 0\n\n"), []string{"0 GET /a -> 401 last"}},
		{
			"HTTP/1.0 with keep-alive", decodetest.New().Client("GET /a HTTP/1.0\nConnection: Keep-Alive\n\n").
				Server("HTTP/1.0 401 No\nConnection: keep-alive\nContent-Length: 0\n\n"),
			[]string{"0 GET /a -> 401"},
		},
		{"connection close", decodetest.New().Client(decodetest.PlainGet).Server("HTTP/1.1 401 No\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"), []string{"0 GET /a -> 401 last"}},
		{
			"response to HEAD has no body", decodetest.New().Client("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").Server("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n").
				Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{"1 GET /a -> 401 NTLM()"},
		},
		{
			"204 and 304 have no body", decodetest.New().Client(decodetest.PlainGet + decodetest.PlainGet + decodetest.PlainGet).
				Server("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" + decodetest.Refusal),
			[]string{"2 GET /a -> 401 NTLM()"},
		},
		{
			"chunks with extensions and a trailer", decodetest.New().Client(decodetest.PlainGet + decodetest.PlainGet).
				Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n5;a=\"b\"\r\nhello\r\n0010 \r\n0123456789abcdef\r\n0\r\nExpires: x\r\n\r\n" + decodetest.Refusal),
			[]string{"1 GET /a -> 401 NTLM()"},
		},
		{
			"Content-Length twice: the first", decodetest.New().Client("POST / HTTP/1.1\r\nContent-Length: 3\r\nAuthorization: Basic YWxpY2U6eA==\r\nContent-Length: 2\r\n\r\nabc" + decodetest.PlainGet).
				Server(decodetest.PlainOK + decodetest.PlainOK),
			[]string{
				"request 0 POST / Basic()=alice -> open; Content-Length is not one number",
				"0 POST / Basic()=alice -> 200; Content-Length is not one number", "1 GET /a -> 200 authenticated",
			},
		},
		{
			"refused before the body is sent", decodetest.New().Client("POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").Server(decodetest.Refusal).Client(decodetest.BasicGet).Server(decodetest.PlainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"refused and the body is sent all the same", decodetest.New().Client("POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").Server(decodetest.Refusal).
				Client("<xml>\n---" + decodetest.BasicGet).Server(decodetest.PlainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"refused while the body is sent", decodetest.New().Client("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc").Server(decodetest.Refusal).Client("defghi" + decodetest.BasicGet).Server(decodetest.PlainOK),
			[]string{"0 POST / -> 401 NTLM()", "request 1 GET /b Basic()=alice -> open", "1 GET /b Basic()=alice -> 200"},
		},
		{
			"space in the target, folding, white space, any case", decodetest.New().
				Client("\r\nGET /a b  HTTP/1.1 \r\nhost:web01\r\naUTHORIZATION \t:\r\n\t bASIC\r\n YWxpY2U6eA==\r\nCookie: x\r\n y\r\n\r\n"),
			[]string{
				"request 0 GET /a b Basic()=alice -> open; a field is folded over several lines",
				"0 GET /a b Basic()=alice -> capture ended before the answer last; a field is folded over several lines",
			},
		},
		{
			"method that nobody knows", decodetest.New().Client("FROBNICATE /x HTTP/1.1\r\n\r\n").Server(decodetest.Refusal),
			[]string{"0 FROBNICATE /x -> 401 NTLM()"},
		},
		{
			"several sets of credentials", decodetest.New().Client("GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nAuthorization: Bearer secret\r\n\r\n"),
			[]string{
				"request 0 GET / Basic()=alice Bearer() -> open; Authorization: more than one set of credentials",
				"0 GET / Basic()=alice Bearer() -> capture ended before the answer last; Authorization: more than one set of credentials",
			},
		},
		{
			"plain HTTP in a tunnel", decodetest.New().Client("CONNECT a:80 HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n").
				Server("HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\n").Client(decodetest.PlainGet).Server(decodetest.Refusal),
			[]string{"request 0 CONNECT a:80 Basic()=bob -> open", "0 CONNECT a:80 Basic()=bob -> 200", "0 GET /a -> 401 NTLM()", "closed: end of capture"},
		},
		{
			"response only", decodetest.New().Server(head401("NTLM " + t2)).Server(decodetest.PlainOK).Server(head401("Negotiate")),
			[]string{"0   -> 401 NTLM(T2)", "2   -> 401 Negotiate() gap"},
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

func TestEndings(t *testing.T) {
	tests := []struct {
		name string
		talk *decodetest.Talk
		how  capture.End
		want string
	}{
		{"FIN", decodetest.New().Client(decodetest.BasicGet), capture.Finished, "closed before the answer last"},
		{"RST", decodetest.New().Client(decodetest.BasicGet).Server(decodetest.PlainOK).Client(decodetest.BasicGet), capture.Reset, "reset before the answer last authenticated"},
		{"RST and the server never seen", decodetest.New().Client(decodetest.BasicGet), capture.Reset, "answer not captured last"},
		{"idle", decodetest.New().Client(decodetest.BasicGet), capture.Idle, "answer not captured last"},
		{"ports used again", decodetest.New().Client(decodetest.BasicGet), capture.PortReused, "answer not captured last"},
		{"end of the capture", decodetest.New().Client(decodetest.BasicGet), capture.CaptureEnd, "capture ended before the answer last"},
		{"FIN behind a gap", logon().Client(decodetest.BasicGet).Gap(1, 10).Server("x"), capture.Finished, "answer not captured last authenticated"},
	}
	for _, tt := range tests {
		tt.talk.Close(tt.how)
		x := tt.talk.All[len(tt.talk.All)-1]
		if _, got, _ := strings.Cut(decodetest.Describe(x), " -> "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestServerCloses(t *testing.T) {
	talk := decodetest.New().Client(decodetest.PlainGet).Server(decodetest.Refusal).Client(decodetest.BasicGet)
	talk.D.HalfClosed(&talk.C, 1, capture.Stamp{Frame: 9})
	if x := talk.All[len(talk.All)-1]; x.Ending != auth.ClosedEarly {
		t.Errorf("%v after the FIN of the server, want %v", x.Ending, auth.ClosedEarly)
	}
}

// TestFacts compares what describe leaves out.
func TestFacts(t *testing.T) {
	talk := decodetest.New().Client("\r\n").Client("PO").Client("ST /x HTTP/1.1\r\nHost: web01\r\nContent-Length: 0\r\nX-Forwarded-For: 1\r\nx-forwarded-for: 2\r\n").
		Client("Authorization: NTLM " + t1 + "\r\n\r\n").Server(head401("NTLM " + t2))
	talk.Close(capture.CaptureEnd)
	x := talk.All[0]
	q, r := x.Request, x.Response
	if q.First.Frame != 2 || q.Stamp.Frame != 4 || r.First.Frame != 5 || r.Stamp.Frame != 5 {
		t.Errorf("frames %d to %d and %d to %d, want 2 to 4 and 5 to 5", q.First.Frame, q.Stamp.Frame, r.First.Frame, r.Stamp.Frame)
	}
	if x.Target.Host != "web01" || !q.Body.Withheld || q.Body.Length != 0 || x.Mark(auth.ForwardedFor) != "1, 2" {
		t.Errorf("host %q, body %+v, X-Forwarded-For %q", x.Target.Host, q.Body, x.Mark(auth.ForwardedFor))
	}
	if x.Carrier != "http" || x.Conn.Start.Frame != 1 || x.Conn.Digest == 0 || r.Key == 0 {
		t.Errorf("carrier %q, start %v, digest %x, key %x", x.Carrier, x.Conn.Start, x.Conn.Digest, r.Key)
	}
}

func TestPendingIsBounded(t *testing.T) {
	carrier, reader := http.Opened()
	talk := decodetest.New(carrier)
	for range 1000 {
		talk.Client(decodetest.BasicGet)
	}
	if n := reader.WaitingOfFirst(); n > http.MaxUnseen {
		t.Errorf("%d requests wait", n)
	}
	talk.Close(capture.CaptureEnd)
	if n := len(talk.All); n != 1000 {
		t.Errorf("%d exchanges of 1000 requests", n)
	}
	for i, x := range talk.All {
		if x.Index != i {
			t.Fatalf("exchange %d comes as number %d", x.Index, i)
		}
	}
}

func TestTalk(t *testing.T) {
	got := decodetest.New().Client(decodetest.PlainGet).Server(decodetest.Refusal).Client(decodetest.BasicGet).Server(decodetest.PlainOK).
		Client(decodetest.PlainGet).Server(decodetest.PlainOK).Close(capture.Finished)
	want := []string{
		"0 GET /a -> 401 NTLM()",
		"request 1 GET /b Basic()=alice -> open",
		"1 GET /b Basic()=alice -> 200",
		"request 2 GET /a -> open authenticated",
		"2 GET /a -> 200 authenticated",
		"closed: finished",
	}
	decodetest.Same(t, got, want)
}

// TestStateIsFreed holds the decoder to keeping nothing of connections that
// ended, and little of those on which nothing is under way.
func TestStateIsFreed(t *testing.T) {
	carrier, reader := http.Opened()
	d := decode.NewDecoder(0, decodetest.NoSink{}, decode.Limits{}, carrier)
	conns := make([]tcp.Conn, 1000)
	play := func(c *tcp.Conn, texts ...string) {
		for i, text := range texts {
			d.Data(c, &tcp.Segment{Stamp: capture.Stamp{Frame: 1}, Dir: capture.Dir(i % 2), Data: []byte(text)})
		}
	}
	for i := range conns {
		play(&conns[i], decodetest.PlainGet, decodetest.PlainOK)
	}
	if active, idle, requests := reader.Used(); active != 1 || idle != 1000 || requests != 1 {
		t.Errorf("1000 idle connections: %d active, %d idle, %d free requests", active, idle, requests)
	}
	for i := range conns {
		play(&conns[i], decodetest.BasicGet+decodetest.PlainGet+"GET", decodetest.Refusal)
		d.Closed(&conns[i], capture.Stamp{}, capture.Idle)
	}
	active, idle, _ := reader.Used()
	if n, m := reader.Free(); n != active || m != idle {
		t.Errorf("after the end %d of %d active and %d of %d idle states are free", n, active, m, idle)
	}
}
