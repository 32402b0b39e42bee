package http

import (
	"strconv"

	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/spnego"
)

// setResult decides what the response of r says; with cut, the end of its head is
// missing. Nothing else knows what a status code means for a logon.
func (r *request) setResult(hd *head, cut bool) {
	x := &r.x
	a := answer{status: hd.status, cut: cut, persistent: persistentAuth(r.answer, hd.names), challenges: x.Response.Challenges}
	for i, s := range [...]auth.Session{x.Server, sessions[1]} {
		r.results[i] = auth.SessionResult{Session: s, Result: a.result(s)}
	}
	x.Results = r.results[:]
	x.Result = r.results[side(x.Session.Proxy)].Result
	if len(x.Request.Credentials) > 0 {
		return
	}
	if hasToken(x.Response.Challenges) {
		x.Kind = auth.Logon // its request was not captured, or had no credentials to be answered so
		return
	}
	if hd.status == 401 && a.persistent > 0 {
		x.Result.Outcome = auth.AcceptedForbidden // the logon before still holds
		return
	}
	x.Result.Outcome = useOutcome(hd.status)
}

// hasToken reports whether a challenge is more than an offer.
func hasToken(list []auth.Challenge) bool {
	for i := range list {
		if list[i].Token != nil {
			return true
		}
	}
	return false
}

// answer is what of a response says something of a logon.
type answer struct {
	status     int
	cut        bool // the end of its head is missing
	persistent int8 // see persistentAuth
	challenges []auth.Challenge
}

// persistentAuth reads the Persistent-Auth field of a response, MS-N2HT section
// 2.2.2: 1 for true, -1 for false, 0 for none or anything else.
func persistentAuth(head []byte, names nameSet) int8 {
	switch v := fieldBytes(head, names, "Persistent-Auth"); {
	case len(v) == len("true") && equalFold(v, "true"):
		return 1
	case len(v) == len("false") && equalFold(v, "false"):
		return -1
	}
	return 0
}

// result returns what the response says of the credentials of session s.
func (a *answer) result(s auth.Session) auth.Result {
	more, final := tokensOf(s, a.challenges)
	// Persistent-Auth is the origin server's. A proxy that passes it on has let
	// the request through.
	confirmed := final || a.persistent != 0 && a.status != 407
	r := auth.Result{Code: uint32(a.status), Text: statusText(a.status), Failed: a.status >= 400, ServerError: a.status >= 500}
	if s.Proxy {
		r.Outcome = proxyOutcome(a.status, more, confirmed)
	} else {
		r.Outcome = originOutcome(a.status, more, (final || a.persistent > 0) && !a.offers(s), confirmed)
		r.SingleRequest = a.persistent < 0
	}
	if !a.cut {
		r.Reply = replyOf(a.status, s.Proxy)
	}
	holds := final || a.persistent > 0
	r.Confirmed = r.Outcome.LoggedOn() && confirmed || r.Outcome == auth.Denied && holds && !s.Proxy
	return r
}

// offers reports whether the response offers session s to log on again.
func (a *answer) offers(s auth.Session) bool {
	for i := range a.challenges {
		if c := &a.challenges[i]; c.Session == s && c.Token == nil {
			return true
		}
	}
	return false
}

// tokensOf reports whether the challenges of session s ask for another message,
// a CHALLENGE or accept-incomplete, and whether they hold a NegTokenResp that
// ends the negotiation well, RFC 4178 section 4.2.2.
func tokensOf(s auth.Session, list []auth.Challenge) (more, final bool) {
	for i := range list {
		t := list[i].Token
		if t == nil || list[i].Session != s {
			continue
		}
		more = more || t.Challenge != nil
		if n := t.SPNEGO; n != nil && n.NegState != nil {
			more = more || *n.NegState == spnego.AcceptIncomplete
			final = final || *n.NegState == spnego.AcceptCompleted
		}
	}
	return more, final
}

// originOutcome decides about Authorization: MS-N2HT 2.2.2 and 2.2.3 (which
// corrects RFC 4559 4.2), MS-NTHT 2.2.2, RFC 9110 15.5.2.
func originOutcome(status int, more, holds, confirmed bool) auth.Outcome {
	switch {
	case status == 407:
		return auth.Unknown // the proxy answered: the credentials did not reach the server
	case status == 401 && more:
		return auth.More
	case status == 401 && holds:
		return auth.AcceptedForbidden
	case status == 401:
		return auth.Denied
	case !confirmed:
		return statusOutcome(status)
	case status == 403:
		return auth.AcceptedForbidden
	case status >= 500:
		return auth.AcceptedError
	}
	return auth.Accepted
}

// proxyOutcome decides about Proxy-Authorization: MS-NTHT 2.2.4, RFC 9110
// 15.5.8.
func proxyOutcome(status int, more, confirmed bool) auth.Outcome {
	switch status {
	case 407:
		switch {
		case more:
			return auth.More
		case confirmed:
			return auth.AcceptedForbidden
		}
		return auth.Denied
	case 400, 408, 421, 425, 429, 502, 503, 504:
		// The proxy may have answered so before it looked at the credentials.
		if !confirmed {
			return auth.Unknown
		}
		if status >= 500 {
			return auth.AcceptedError
		}
	}
	return auth.Accepted // what is behind it answers
}

// statusOutcome says how far a server must have come that answers so: past the
// logon or not. A status code that is in no list says nothing.
func statusOutcome(status int) auth.Outcome {
	switch status {
	case 101, 404, 405, 406, 409, 410, 412, 415, 416, 422:
		return auth.Accepted
	case 403:
		return auth.AcceptedForbidden
	case 500, 501:
		return auth.AcceptedError
	}
	if class := status / 100; class == 2 || class == 3 {
		return auth.Accepted // RFC 9110 section 15: an unknown one is like the first of its class
	}
	return auth.Unknown
}

// replyOf says what a status makes of a request to the origin server or, with
// proxy, to the proxy: RFC 9110 section 15. What the server behind a proxy asks
// for or refuses, the proxy let through.
func replyOf(status int, proxy bool) auth.Reply {
	switch status {
	case 401:
		if proxy {
			return auth.Served
		}
		return auth.Asked
	case 407:
		if proxy {
			return auth.Asked
		}
		return auth.NoReply // the request did not reach the server
	case 403:
		return auth.Forbidden
	case 101, 304:
		return auth.Served
	case 400, 411, 413, 414, 417, 421, 426, 431, 494, 505: // 494 is nginx's 431
		return auth.Malformed
	case 408, 425, 429, 502, 503, 504:
		return auth.Unavailable
	}
	switch status / 100 {
	case 2:
		return auth.Served
	case 3:
		return auth.Moved
	case 4:
		return auth.Other
	case 5:
		return auth.Broken
	}
	return auth.NoReply
}

// useOutcome says what became of a request without credentials.
func useOutcome(status int) auth.Outcome {
	switch {
	case status == 401, status == 407:
		return auth.Denied
	case 500 <= status && status < 600:
		return auth.AcceptedError
	}
	return statusOutcome(status)
}

// statusText returns a status as reports show it.
func statusText(status int) string {
	if status < len(statusTexts) && statusTexts[status] != "" {
		return statusTexts[status]
	}
	return "status " + strconv.Itoa(status)
}

var statusTexts = [...]string{
	101: "101 Switching Protocols",
	200: "200 OK", 201: "201 Created", 202: "202 Accepted", 204: "204 No Content", 206: "206 Partial Content", 207: "207 Multi-Status",
	301: "301 Moved Permanently", 302: "302 Found", 303: "303 See Other", 304: "304 Not Modified", 307: "307 Temporary Redirect",
	400: "400 Bad Request", 401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found", 405: "405 Method Not Allowed",
	407: "407 Proxy Authentication Required", 408: "408 Request Timeout", 411: "411 Length Required", 413: "413 Content Too Large",
	414: "414 URI Too Long", 431: "431 Request Header Fields Too Large",
	417: "417 Expectation Failed", 421: "421 Misdirected Request", 429: "429 Too Many Requests", 440: "440 Login Time-out",
	500: "500 Internal Server Error", 501: "501 Not Implemented", 502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Timeout",
}
