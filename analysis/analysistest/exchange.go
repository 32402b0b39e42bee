package analysistest

import (
	"strconv"

	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
)

// Proxy is the session of a proxy in exchanges of tests; that of a server is
// the zero value.
var Proxy = auth.Session{ID: 1, Proxy: true}

// Request returns an exchange whose request is there: "GET /" of
// web01.corp.example with credentials.
func Request(c *auth.Conn, index int, at capture.Stamp, credentials ...auth.Credentials) *auth.Exchange {
	x := &auth.Exchange{
		Conn: c, Carrier: "http", Index: index, Kind: auth.Use,
		Target:  auth.Target{Service: "HTTP", Host: "web01.corp.example", Verb: "GET", Name: "/"},
		Request: auth.Message{First: at, Stamp: at, Credentials: credentials, Body: auth.Body{Length: -1}},
	}
	if n := len(credentials); n > 0 {
		x.Kind, x.Session = auth.Logon, credentials[n-1].Session
	}
	return x
}

// Answer adds a response to x with a status as HTTP has them, and the results
// of both sessions.
func Answer(x *auth.Exchange, at capture.Stamp, status int, challenges ...auth.Challenge) {
	x.Ending = auth.Answered
	x.Response = auth.Message{First: at, Stamp: at, Challenges: challenges}
	x.Results = nil
	for _, s := range [...]auth.Session{{}, Proxy} {
		x.Results = append(x.Results, auth.SessionResult{Session: s, Result: result(s, status, challenges)})
	}
	x.Result = x.ResultOf(x.Session)
}

func result(s auth.Session, status int, challenges []auth.Challenge) auth.Result {
	r := auth.Result{Code: uint32(status), Text: strconv.Itoa(status), Failed: status >= 400, ServerError: status >= 500, Outcome: auth.Accepted}
	refused := 401
	if s.Proxy {
		refused = 407
	}
	switch {
	case status == refused:
		r.Outcome = auth.Denied
		for _, c := range challenges {
			if c.Session == s && c.Token != nil && c.Token.Challenge != nil {
				r.Outcome = auth.More
			}
		}
	case status == 407, status >= 502:
		r.Outcome = auth.Unknown
	case status == 403:
		r.Outcome = auth.AcceptedForbidden
	case status >= 500:
		r.Outcome = auth.AcceptedError
	}
	return r
}
