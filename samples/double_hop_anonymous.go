package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var doubleHopAnonymous = []story{
	{"hit-impersonated-page", impersonatedPage},
	{"hit-front-end-with-two-cards", frontEndWithTwoCards},
	{"hit-after-a-ticket", anonymousAfterTicket},
	{"miss-local-call", localCallBehindThePage},
	{"miss-monitor-without-a-caller", anonymousMonitor},
	{"miss-challenge-lost", anonymousOrNot},
}

// nobody is what is left of alice on the front end: a token that is not good
// for the network.
var nobody = ntlmtest.Client{Workstation: "WEB01", Response: ntlmtest.Anonymous}

func anonymousHop(front, back *session, h handshake) finding {
	return finding{
		rule: "double-hop-anonymous", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(front.site, back.site),
		evidence: frames(h.authenticate, h.result, front.got),
	}
}

// impersonatedPage: a page runs as alice and asks the back end. Windows has no
// credentials of hers to give, and logs on as nobody.
func impersonatedPage(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	h := back.login(nobody, "/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(anonymousHop(front, back, h))
}

// frontEndWithTwoCards: the front end uses another address towards the back
// end. The capture was made on it, and says which packets it sent.
func frontEndWithTwoCards(s *stage) {
	web, inside := web01(), s.card("10.9.7.20")
	s.tap(capturetest.On(capturetest.SLL2), capturetest.At(web.at.Host, inside))
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(inside, mbx02())
	back.agent = "WEB01 reports"
	h := back.login(nobody, "/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(anonymousHop(front, back, h))
}

// localCallBehindThePage: the page asks another site on its own machine. The
// message is as empty as an anonymous one, and is alice.
func localCallBehindThePage(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	api := web01().on(8080)
	api.Local = true
	self := alice
	self.Response = localCall
	back := s.dial(web.at.Host, api)
	back.login(self, "/api")
	front.reply()
	back.Close()
	front.Close()
}

// anonymousMonitor: a monitor on the front end tries the back end as nobody
// when no user has asked for anything.
func anonymousMonitor(s *stage) {
	web := web01()
	back := s.dial(web.at.Host, mbx02())
	back.agent = "monitor"
	h := back.login(nobody, "/health")
	back.Close()
	s.want(finding{
		rule: "guest-or-null-session", severity: "info", confidence: "high",
		client: web.at.Host, servers: sites(back.site), evidence: frames(h.authenticate),
	})
}

// anonymousOrNot: the challenge, which would tell a local call from an
// anonymous logon, is lost; the message itself says local call.
func anonymousOrNot(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	api := web01().on(8080)
	api.Local = true
	self := alice
	self.Response = localCall
	back := s.dial(web.at.Host, api)
	back.ask("/api", ntlm(self.Negotiate()))
	back.Lose(1)
	back.reply()
	back.get("/api", ntlm(back.answer(self)))
	front.reply()
	back.Close()
	front.Close()
	s.want(incomplete())
}

// anonymousAfterTicket: alice came with a ticket, which was not delegated.
func anonymousAfterTicket(s *stage) {
	web := kerberosSite()
	front := s.dial(pc1, web)
	front.get("/reports", negotiate(ticket(web.DNSName)))
	authenticated := front.sent
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	h := back.login(nobody, "/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	f := anonymousHop(front, back, h)
	f.user, f.evidence = "", frames(authenticated, h.authenticate, h.result, front.got)
	s.want(f)
}
