package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

var oversizedToken = []story{
	{"hit-400", func(s *stage) { tokenTooLong(s, http.StatusBadRequest) }},
	{"hit-431", func(s *stage) { tokenTooLong(s, http.StatusRequestHeaderFieldsTooLarge) }},
	{"hit-closed", tokenTooLongClosed},
	{"miss-short-token", shortTokenRefused},
	{"miss-crowd-of-long-tokens", crowdOfLongTokens},
	{"miss-accepted-in-the-end", longTokenAcceptedLater},
	{"miss-kerberos", kerberosAccepted},
}

// longTicket is the ticket of a user in hundreds of groups, for WEB01.
func longTicket(size int) []byte {
	return ntlmtest.NegTokenInit(ntlmtest.LongAPReq(size, realm, "HTTP", "web01.corp.example"), ntlmtest.OIDMSKerberos, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)
}

func tooLong(x *session) finding {
	return finding{
		rule: "oversized-token", severity: "medium", confidence: "medium",
		client: pc1, servers: sites(x.site), evidence: frames(x.sent),
	}
}

// kerberosSite is WEB01 with the tickets that it can decrypt.
func kerberosSite() *site {
	web := web01()
	web.service = web.DNSName
	return web
}

// tokenTooLong: the server refuses the request before it looks at the ticket.
func tokenTooLong(s *stage, status int) {
	x := s.dial(pc1, kerberosSite())
	x.ask("/reports", negotiate(longTicket(13000))).respond(verdict{status: status, fields: []string{"Connection: close"}, body: 60})
	s.want(tooLong(x))
	x.Close()
}

// tokenTooLongClosed: the server ends the connection without a word.
func tokenTooLongClosed(s *stage) {
	x := s.dial(pc1, kerberosSite())
	x.ask("/reports", negotiate(longTicket(13000)))
	s.want(tooLong(x))
	x.Close()
}

// shortTokenRefused: the request is refused for another reason.
func shortTokenRefused(s *stage) {
	x := s.dial(pc1, kerberosSite())
	x.ask("/reports?from=x", negotiate(ticket("web01.corp.example"))).respond(verdict{status: http.StatusBadRequest, body: 60})
	s.want(finding{rule: "error-after-logon", severity: "info", confidence: "medium", client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got)})
	x.Close()
}

// crowdOfLongTokens: all users are in many groups and get in; one request is
// malformed.
func crowdOfLongTokens(s *stage) {
	web := kerberosSite()
	for range 2 {
		x := s.dial(pc1, web)
		x.get("/reports", negotiate(longTicket(6016)))
		x.Close()
	}
	x := s.dial(pc2, web)
	x.ask("/reports?from=x", negotiate(longTicket(5856))).respond(verdict{status: http.StatusBadRequest, body: 60})
	s.want(finding{rule: "error-after-logon", severity: "info", confidence: "medium", client: pc2, servers: sites(x.site), evidence: frames(x.sent, x.got)})
	x.Close()
}

// longTokenAcceptedLater: the first server process ended meanwhile; the second
// takes the same token.
func longTokenAcceptedLater(s *stage) {
	web := kerberosSite()
	x := s.dial(pc1, web)
	x.ask("/reports", negotiate(longTicket(5856)))
	x.Close()
	y := s.dial(pc1, web)
	y.get("/reports", negotiate(longTicket(5856)))
	y.Close()
}
