package http

import (
	"testing"

	"ntlmtrace/decode/auth"
)

func TestMarksOfARequest(t *testing.T) {
	r := &request{proxySupport: "x", text: []byte("GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\nFORWARDED: for=a\r\nX-Real-Ip: b\r\n" +
		"X-Client-IP: c\r\nTrue-Client-IP: d\r\nCF-Connecting-IP: e\r\nX-Original-Forwarded-For: f\r\nVia: 1.1 p\r\nCookie: k=v\r\nUser-Agent: ua\r\n" +
		"X-Request-ID: 1\r\nRequest-Id: 2\r\nX-Correlation-ID: 3\r\ntraceparent: 4\r\nclient-request-id: 5\r\nX-Amzn-Trace-Id: 6\r\nX-B3-TraceId: 7\r\n\r\n")}
	r.x.Target.Name = "/p?q"
	r.x.Marks = r
	want := map[auth.MarkKind]string{
		auth.ForwardedFor: "10.0.0.1, 10.0.0.2", auth.Forwarded: "for=a", auth.RealIP: "b", auth.ClientIP: "c", auth.TrueClientIP: "d",
		auth.ConnectingIP: "e", auth.OriginalForwardedFor: "f", auth.Via: "1.1 p", auth.Cookie: "k=v", auth.Agent: "ua", auth.Path: "/p", auth.ProxySupport: "x",
		auth.XRequestID: "1", auth.RequestID: "2", auth.CorrelationID: "3", auth.TraceParent: "4", auth.ClientRequestID: "5", auth.AmazonTraceID: "6", auth.B3TraceID: "7",
	}
	for k := range auth.MarkKinds {
		if got := r.x.Mark(k); got != want[k] || got == "" {
			t.Errorf("mark %d: %q, want %q", k, got, want[k])
		}
	}
	if got := r.x.Mark(auth.MarkKinds); got != "" {
		t.Errorf("a kind that does not exist: %q", got)
	}
}

func TestPathOf(t *testing.T) {
	for target, want := range map[string]string{
		"/": "/", "/a/b?c=/d": "/a/b", "/a#b": "/a", "http://web01/a?b": "/a", "http://web01": "/", "*": "*", "web01:443": "web01:443",
		"/r?u=http://x/y": "/r", "": "",
	} {
		if got := pathOf(target); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}
