package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest"
)

var doubleHopTokenForwarded = []story{
	{"hit-page-copies-authorization", pageCopiesAuthorization},
	{"hit-gateway-logs-on-first", gatewayLogsOnFirst},
	{"miss-proxy-keeps-the-connection", proxyKeepsTheConnection},
	{"miss-open-back-end", openBackEnd},
	{"miss-challenge-lost", challengeLost},
	{"miss-captured-on-the-front-end", capturedOnTheFrontEnd},
}

// forwarded is the finding for a front end that sent its client's token on.
func forwarded(first handshake, front, back *session) finding {
	return finding{
		rule: "double-hop-token-forwarded", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(front.site, back.site),
		evidence: frames(first.authenticate, back.sent, back.got),
	}
}

// pageCopiesAuthorization: a page of the front end copies the Authorization
// field of the request into its own request to the back end.
func pageCopiesAuthorization(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.get("/exchange/")
	first := handshake{}
	first.negotiate, first.challenge = front.begin("NTLM", alice, "/exchange/")
	first.token = front.answer(alice)
	front.ask("/exchange/", ntlm(first.token))
	first.authenticate = front.sent

	back := s.dial(web.at.Host, mbx02())
	back.forward(front)
	back.Close()

	front.fail(http.StatusInternalServerError)
	front.Close()
	s.want(forwarded(first, front, back))
}

// gatewayLogsOnFirst: a gateway authenticates alice, and passes every request
// of hers on as it is, on a connection that knows another challenge.
func gatewayLogsOnFirst(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	back := s.dial(web.at.Host, mbx02())
	first := handshake{}
	front.ask("/exchange/", ntlm(alice.Negotiate()))
	first.negotiate = front.sent
	back.forward(front, "Via: 1.1 web01")
	front.reply()
	first.challenge = front.got
	first.token = front.answer(alice)
	front.ask("/exchange/", ntlm(first.token))
	first.authenticate = front.sent
	back.forward(front, "Via: 1.1 web01")
	front.fail(http.StatusBadGateway)
	back.Close()
	front.Close()
	s.want(forwarded(first, front, back))
}

// proxyKeepsTheConnection: the front end does not authenticate anybody. It
// carries the back end's challenge to alice and her answer back.
func proxyKeepsTheConnection(s *stage) {
	web := web01()
	front, back := s.dial(pc1, web), s.dial(web.at.Host, mbx02())
	first := passThrough(front, back)
	front.Close()
	back.Close()
	s.want(passedThrough(front, back, first))
}

// openBackEnd: the front end authenticates alice and asks a back end that
// wants no logon.
func openBackEnd(s *stage) {
	web, api := web01(), mbx02()
	api.open = true
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/2")
	back := s.dial(web.at.Host, api)
	back.agent = "WEB01 reports"
	back.get("/api/reports/2")
	front.reply()
	back.Close()
	front.Close()
}

// capturedOnTheFrontEnd: a healthy logon, captured on the front end where the
// packet driver shows each packet twice.
func capturedOnTheFrontEnd(s *stage) {
	web := web01()
	s.tap(capturetest.On(capturetest.SLL2), capturetest.At(web.at.Host))
	front := s.dial(pc1, web, capturetest.Mirrored(0, 0))
	front.get("/reports")
	front.login(alice, "/reports")
	front.Close()
}
