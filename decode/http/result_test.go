package http

import (
	"slices"
	"testing"

	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
	"ntlmtrace/decode/token"
)

// How an answer can confirm, and what else it can carry.
const (
	bare       = iota // an offer, or nothing
	challenge         // a CHALLENGE
	incomplete        // accept-incomplete
	completed         // accept-completed
	rejected          // reject
	persistent        // Persistent-Auth: true
	single            // Persistent-Auth: false
)

// answerWith returns the result of an answer for session s.
func answerWith(s auth.Session, status, carries int) auth.Result {
	a := answer{status: status}
	ch := auth.Challenge{Session: s, Scheme: "Negotiate"}
	state := func(n spnego.NegState) *token.Token {
		return &token.Token{SPNEGO: &spnego.Token{Kind: spnego.Resp, NegState: &n}}
	}
	switch carries {
	case challenge:
		ch.Token = &token.Token{Challenge: new(ntlm.Challenge)}
	case incomplete:
		ch.Token = state(spnego.AcceptIncomplete)
	case completed:
		ch.Token = state(spnego.AcceptCompleted)
	case rejected:
		ch.Token = state(spnego.Reject)
	case persistent:
		a.persistent = 1
	case single:
		a.persistent = -1
	}
	a.challenges = []auth.Challenge{ch}
	return a.result(s)
}

// everyStatus is what findings say of the status codes, and those that nobody
// has defined.
var everyStatus = []struct {
	statuses                   []int
	origin, originConfirmed    auth.Outcome
	proxy, proxyConfirmed, use auth.Outcome
}{
	{
		[]int{101, 200, 204, 206, 207, 226, 299, 300, 301, 302, 304, 307, 308, 399, 404, 405, 406, 409, 410, 412, 415, 416, 422},
		auth.Accepted, auth.Accepted, auth.Accepted, auth.Accepted, auth.Accepted,
	},
	{[]int{403}, auth.AcceptedForbidden, auth.AcceptedForbidden, auth.Accepted, auth.Accepted, auth.AcceptedForbidden},
	{[]int{500, 501}, auth.AcceptedError, auth.AcceptedError, auth.Accepted, auth.Accepted, auth.AcceptedError},
	{[]int{400, 408, 421, 425, 429}, auth.Unknown, auth.Accepted, auth.Unknown, auth.Accepted, auth.Unknown},
	{[]int{502, 503, 504}, auth.Unknown, auth.AcceptedError, auth.Unknown, auth.AcceptedError, auth.AcceptedError},
	{
		[]int{402, 411, 413, 414, 417, 418, 423, 424, 426, 428, 431, 440, 444, 449, 451, 499},
		auth.Unknown, auth.Accepted, auth.Accepted, auth.Accepted, auth.Unknown,
	},
	{[]int{505, 507, 511, 520, 525, 530, 599}, auth.Unknown, auth.AcceptedError, auth.Accepted, auth.Accepted, auth.AcceptedError},
	{[]int{600, 999}, auth.Unknown, auth.AcceptedError, auth.Accepted, auth.Accepted, auth.Unknown},
	{[]int{100, 102, 103, 199}, auth.Unknown, auth.Accepted, auth.Accepted, auth.Accepted, auth.Unknown}, // never final
}

func TestOutcomeOfEveryStatus(t *testing.T) {
	for _, row := range everyStatus {
		for _, status := range row.statuses {
			for _, carries := range []int{bare, challenge, incomplete, rejected} {
				// Away from 401 and 407 a token that asks for more changes
				// nothing.
				checkOutcome(t, sessions[0], status, carries, row.origin)
				checkOutcome(t, sessions[1], status, carries, row.proxy)
			}
			for _, carries := range []int{completed, persistent, single} {
				checkOutcome(t, sessions[0], status, carries, row.originConfirmed)
				checkOutcome(t, sessions[1], status, carries, row.proxyConfirmed)
			}
			if got := useOutcome(status); got != row.use {
				t.Errorf("%d to a request without credentials: %v, want %v", status, got, row.use)
			}
		}
	}
}

func TestOutcomeOfRefusals(t *testing.T) {
	for _, tt := range []struct {
		status, carries int
		origin, proxy   auth.Outcome
	}{
		{401, bare, auth.Denied, auth.Accepted},
		{401, rejected, auth.Denied, auth.Accepted},
		{401, challenge, auth.More, auth.Accepted},
		{401, incomplete, auth.More, auth.Accepted},
		{401, persistent, auth.Denied, auth.Accepted}, // it offers to log on again
		{401, single, auth.Denied, auth.Accepted},
		{401, completed, auth.AcceptedForbidden, auth.Accepted},
		{407, bare, auth.Unknown, auth.Denied},
		{407, rejected, auth.Unknown, auth.Denied},
		{407, challenge, auth.Unknown, auth.More},
		{407, incomplete, auth.Unknown, auth.More},
		{407, persistent, auth.Unknown, auth.Denied},
		{407, completed, auth.Unknown, auth.AcceptedForbidden},
	} {
		checkOutcome(t, sessions[0], tt.status, tt.carries, tt.origin)
		checkOutcome(t, sessions[1], tt.status, tt.carries, tt.proxy)
	}
	for _, status := range []int{401, 407} {
		if got := useOutcome(status); got != auth.Denied {
			t.Errorf("%d to a request without credentials: %v", status, got)
		}
	}
}

func checkOutcome(t *testing.T, s auth.Session, status, carries int, want auth.Outcome) {
	t.Helper()
	got := answerWith(s, status, carries)
	if got.Outcome != want {
		t.Errorf("%d with %d, proxy %v: %v, want %v", status, carries, s.Proxy, got.Outcome, want)
	}
	says := slices.Contains([]int{completed, persistent, single}, carries)
	// A denial that offers to log on again may say that the logon before holds.
	kept := status == 401 && carries == persistent && !s.Proxy
	if confirmed := kept || says && got.Outcome.LoggedOn() && (status != 407 || carries == completed); got.Confirmed != confirmed {
		t.Errorf("%d with %d, proxy %v: confirmed %v, want %v", status, carries, s.Proxy, got.Confirmed, confirmed)
	}
	if got.SingleRequest != (carries == single && !s.Proxy) {
		t.Errorf("%d with %d, proxy %v: for this request only: %v", status, carries, s.Proxy, got.SingleRequest)
	}
}

// TestTokensOfTheOtherSession holds a CHALLENGE of the proxy to saying nothing
// of the logon to the origin server.
func TestTokensOfTheOtherSession(t *testing.T) {
	list := []auth.Challenge{{Session: sessions[1], Token: &token.Token{Challenge: new(ntlm.Challenge)}}}
	if got := (&answer{status: 401, challenges: list}).result(sessions[0]).Outcome; got != auth.Denied {
		t.Errorf("401 with a CHALLENGE of the proxy: %v", got)
	}
}

func TestStatusText(t *testing.T) {
	for status, want := range map[int]string{401: "401 Unauthorized", 200: "200 OK", 299: "status 299", 520: "status 520", 999: "status 999"} {
		if got := statusText(status); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}

func TestPersistentAuth(t *testing.T) {
	for value, want := range map[string]int8{"true": 1, "TRUE": 1, "false": -1, "False": -1, "": 0, "yes": 0, "true, false": 0} {
		raw := []byte("HTTP/1.1 200 OK\r\nPersistent-Auth: " + value + "\r\n\r\n")
		if got := persistentAuth(raw, 0); got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
}

// TestReplyOfEveryStatus holds what an answer makes of a request, which a head
// that was cut does not tell.
func TestReplyOfEveryStatus(t *testing.T) {
	for _, tt := range []struct {
		statuses      []int
		origin, proxy auth.Reply
	}{
		{[]int{101, 200, 204, 206, 304}, auth.Served, auth.Served},
		{[]int{301, 302, 307, 399}, auth.Moved, auth.Moved},
		{[]int{401}, auth.Asked, auth.Served},
		{[]int{407}, auth.NoReply, auth.Asked},
		{[]int{403}, auth.Forbidden, auth.Forbidden},
		{[]int{400, 411, 413, 414, 431, 494, 505}, auth.Malformed, auth.Malformed},
		{[]int{500, 501, 507, 599}, auth.Broken, auth.Broken},
		{[]int{408, 429, 502, 503, 504}, auth.Unavailable, auth.Unavailable},
		{[]int{402, 404, 405, 410, 440}, auth.Other, auth.Other},
		{[]int{100, 199, 600, 999}, auth.NoReply, auth.NoReply},
	} {
		for _, status := range tt.statuses {
			for i, want := range []auth.Reply{tt.origin, tt.proxy} {
				if got := answerWith(sessions[i], status, bare).Reply; got != want {
					t.Errorf("%d, proxy %v: %v, want %v", status, i == 1, got, want)
				}
				if cut := (&answer{status: status, cut: true}).result(sessions[i]); cut.Reply != auth.NoReply {
					t.Errorf("%d, cut: %v", status, cut.Reply)
				}
			}
		}
	}
}

// TestWhoEndsConnections holds who announced the end of a connection.
func TestWhoEndsConnections(t *testing.T) {
	for _, tt := range []struct {
		request, response string
		want              auth.Ends
	}{
		{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", 0},
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", auth.ClientEnds},
		{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", auth.ServerEnds},
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", auth.ClientEnds | auth.ServerEnds},
		{"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", auth.OldClient},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", 0},
		{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.0 401 No\r\nContent-Length: 0\r\n\r\n", auth.OldServer},
		{"GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 401 No\r\nContent-Length: 0\r\n\r\n", auth.OldClient | auth.OldServer},
		{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 401 No\r\n\r\n", auth.ServerEnds}, // its body has no other end
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\n\r\n", 0},
	} {
		var req, resp head
		req.parse([]byte(tt.request))
		resp.parse([]byte(tt.response))
		r := request{last: req.lastOnConn()}
		if got := r.ends(&resp, &message{}); got != tt.want {
			t.Errorf("%q, %q: %b, want %b", tt.request, tt.response, got, tt.want)
		}
	}
}
