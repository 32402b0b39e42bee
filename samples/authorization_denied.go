package samples

import (
	"net/http"
	"time"
)

var authorizationDenied = []story{
	{"hit-other-page", accessDeniedAfterLogon},
	{"hit-forbidden", forbidden},
	{"hit-forbidden-without-a-word", forbiddenWithoutAWord},
	{"hit-new-connection", deniedOnANewConnection},
	{"hit-basic-same-password", deniedWithTheSamePassword},
	{"miss-mistyped-after-a-logon", mistypedAfterALogon},
	{"miss-accepted-by-another-site", acceptedByAnotherSite},
	{"miss-wrong-password", oldPassword},
	{"miss-forbidden-for-a-moment", forbiddenForAMoment},
	{"miss-first-request-without-credentials", normalLogon},
	{"miss-logon-for-every-request", logonForEveryRequest},
	{"miss-answer-not-captured", answerNotCaptured},
}

// forbidden: the answer to the logon itself is 403: the server knows alice, and
// has nothing for her.
func forbidden(s *stage) {
	x := s.dial(pc1, web01())
	h := handshake{}
	x.begin("NTLM", alice, "/payroll")
	x.ask("/payroll", ntlm(x.answer(alice)))
	h.authenticate = x.sent
	x.fail(http.StatusForbidden)
	h.result = x.got
	x.Close()
	s.want(denied(x, h))
}

// forbiddenWithoutAWord: the same of a server that does not say that it keeps
// the logon. It may have refused before it looked at that.
func forbiddenWithoutAWord(s *stage) {
	web := web01()
	web.mute = true
	for i := range 2 {
		x := s.dial(pc1, web)
		x.begin("NTLM", alice, "/payroll")
		x.ask("/payroll", ntlm(x.answer(alice)))
		x.fail(http.StatusForbidden)
		x.Close()
		x.Wait(5 * time.Second)
		if i == 0 {
			s.want(finding{
				rule: "authorization-denied", severity: "low", confidence: "low",
				user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
			})
		}
	}
}

// forbiddenForAMoment: while a list is changed, alice is refused; then she is let
// in for the same page.
func forbiddenForAMoment(s *stage) {
	web := web01()
	web.mute = true
	x := s.dial(pc1, web)
	x.begin("NTLM", alice, "/payroll")
	x.ask("/payroll", ntlm(x.answer(alice)))
	x.fail(http.StatusForbidden)
	x.Close()
	x.Wait(90 * time.Second)
	y := s.dial(pc1, web)
	y.login(alice, "/payroll")
	y.Close()
}

// deny answers as a server that does not say more than 401 for a file that the
// user may not read.
func (x *session) deny(target string, fields ...string) *session {
	x.ask(target, fields...)
	x.logon = logon{}
	return x.respond(x.site.refuse())
}

// deniedOnANewConnection: alice is let in for one page, and refused for another
// over a new connection, again and again: the server has no list for her there.
func deniedOnANewConnection(s *stage) {
	web := web01()
	web.mute = true
	var h handshake
	for range 2 {
		x := s.dial(pc1, web)
		x.login(alice, "/reports")
		x.Close()
		y := s.dial(pc1, web)
		y.begin("NTLM", alice, "/payroll?month=3")
		y.deny("/payroll?month=3", ntlm(y.answer(alice)))
		h.authenticate, h.result = y.sent, y.got
		y.Close()
		s.capture.Wait(20 * time.Second)
		if len(s.findings) == 0 {
			f := denied(y, h)
			f.evidence = frames(h.authenticate, h.result)
			s.want(f)
		}
	}
}

// deniedWithTheSamePassword: Basic shows that the password is the same.
func deniedWithTheSamePassword(s *stage) {
	web := web01().offering(withBasic...)
	web.mute = true
	x := s.dial(pc1, web)
	x.deny("/payroll", basic(alice))
	f := denied(x, handshake{result: x.got})
	f.user = "alice"
	x.Wait(3 * time.Second)
	x.get("/reports", basic(alice))
	x.Close()
	s.want(f)
	c := cleartext(x, "alice")
	c.evidence = nil
	s.want(c)
}

// acceptedByAnotherSite: one site behind a forward proxy lets alice in, and
// another one refuses her password.
func acceptedByAnotherSite(s *stage) {
	web, other := web01(), mbx02()
	web.at, other.at = proxy01().at, proxy01().at
	x := s.dial(pc1, web)
	x.login(alice, "http://web01.corp.example/reports")
	x.Close()
	client := alice
	client.Password = "Spring-2025"
	y := s.dial(pc1, other)
	h := y.login(client, "http://mbx02.corp.example/inbox")
	y.Close()
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(other), evidence: frames(h.authenticate, h.result),
	})
}

// mistypedAfterALogon: alice is let in for a page, mistypes her password for
// the next, and types it right.
func mistypedAfterALogon(s *stage) {
	web := web01()
	web.mute = true
	x := s.dial(pc1, web)
	x.login(alice, "/reports")
	x.Close()
	client := alice
	client.Password = "Spring-2062"
	y := s.dial(pc1, web)
	h := y.login(client, "/payroll")
	y.Wait(8 * time.Second)
	y.login(alice, "/payroll")
	y.Close()
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(web), evidence: frames(h.authenticate, h.result),
	})
}
