package http_test

import (
	"net/netip"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
)

// plainSink keeps what it is given of requests without an identity.
type plainSink struct {
	decodetest.NoSink
	wants bool
	got   []string
}

func (s *plainSink) WantsPlain(netip.Addr) bool { return s.wants }

func (s *plainSink) Plain(x *auth.Exchange) {
	s.got = append(s.got, x.Target.Name+" "+x.Ending.String())
}

func (s *plainSink) Unread(netip.Addr, bool, capture.Stamp) {}

func TestPlainRequests(t *testing.T) {
	talk := func(s *plainSink) []string {
		k := decodetest.New()
		k.D = decode.NewDecoder(0, s, decode.Limits{})
		k.Client("GET /a HTTP/1.1\r\nHost: web\r\n\r\n")
		k.Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		k.Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") // to a request that was not captured
		k.Client("GET /refused HTTP/1.1\r\nHost: web\r\n\r\n")
		k.Server("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")
		k.Client("GET /b HTTP/1.1\r\nHost: web\r\n\r\n")
		k.Close(capture.Finished)
		return s.got
	}
	want := []string{"/a open", "/a answered", " answered", "/refused open", "/b open", "/b closed before the answer"}
	if got := talk(&plainSink{wants: true}); !slices.Equal(got, want) {
		t.Errorf("%q is given, want %q", got, want)
	}
	if got := talk(&plainSink{}); len(got) != 0 {
		t.Errorf("%q is given of a server that is not wanted", got)
	}
}
