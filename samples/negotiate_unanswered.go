package samples

import (
	"fmt"
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var negotiateUnanswered = []story{
	{"hit-kerberos-only", kerberosOnly},
	{"hit-asks-again", asksAgain},
	{"hit-bad-request", badRequests},
	{"hit-forbidden-once", forbiddenOnce},
	{"hit-security-package-fails", securityPackageFails},
	{"hit-proxy-asks-again", proxyAsksAgain},
	{"hit-connection-ends", asksAgainAndEnds},
	{"hit-one-application-of-two", oneApplicationOfTwo},
	{"hit-page-needs-no-logon", emptyPostAccepted},
	{"hit-sign-in-page", sentToSignIn},
	{"hit-crowd-at-a-page-for-all", crowdAtAPageForAll},
	{"miss-server-restarts", restartBeforeTheChallenge},
	{"miss-third-try-goes-through", thirdTryGoesThrough},
	{"miss-crowd-at-an-open-page", crowdAtAnOpenPage},
	{"miss-falls-back-to-basic", fallsBackToBasic},
	{"miss-one-of-several-connections", oneOfSeveralConnections},
	{"miss-health-checks", healthChecks},
	{"miss-challenge-not-captured", challengeNotCaptured},
	{"miss-page-of-a-proxy-first", proxyAsksFirst},
}

func notAnswered(x *session, severity string) finding {
	return finding{
		rule: "negotiate-unanswered", severity: severity, confidence: "high",
		client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// preempt sends a NEGOTIATE that is answered with v.
func (x *session) preempt(scheme, target string, v verdict) {
	field := credentials(scheme, alice.Negotiate())
	if x.site.proxy {
		field = toProxy(field)
	}
	x.ask(target, field)
	x.respond(v)
}

// kerberosOnly: a program without Kerberos at a server that takes tickets alone.
func kerberosOnly(s *stage) {
	web := web01().offering("Negotiate")
	for i := range 3 {
		x := s.dial(pc1, web)
		x.get("/app/")
		x.preempt("Negotiate", "/app/", web.refuse())
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// asksAgain: a policy refuses NTLM; the server offers it all the same.
func asksAgain(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	for i := range 3 {
		x.preempt("NTLM", "/", web.refuse())
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Wait(time.Second)
	}
	x.Close()
}

// badRequests: the service takes no Windows logon.
func badRequests(s *stage) {
	for i := range 3 {
		x := s.dial(pc1, web01().on(7048))
		x.method = "PUT"
		x.preempt("NTLM", "/nav/ODataV4/Customers(1)", verdict{status: http.StatusBadRequest, body: 50})
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Close()
		x.Wait(2 * time.Second)
	}
}

// forbiddenOnce: a firewall in front of the site.
func forbiddenOnce(s *stage) {
	x := s.dial(pc1, web01())
	x.preempt("NTLM", "/reports", verdict{status: http.StatusForbidden, body: 90})
	s.want(notAnswered(x, "low"))
	x.Close()
}

// securityPackageFails: the server has lost its trust with the domain.
func securityPackageFails(s *stage) {
	for i := range 2 {
		x := s.dial(pc1, web01())
		x.preempt("NTLM", "/", verdict{status: http.StatusInternalServerError, body: 90})
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// proxyAsksAgain: the proxy's helper for NTLM is not there.
func proxyAsksAgain(s *stage) {
	p := strictProxy()
	for i := range 2 {
		x := s.throughProxy(p)
		x.preempt("NTLM", example, p.refuse())
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// asksAgainAndEnds: each answer ends the connection, so the server sees a
// beginning each time.
func asksAgainAndEnds(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		v := web.refuse()
		v.fields = append(v.fields, "Connection: close")
		x.preempt("NTLM", "/", v)
		x.ServerClose()
		if i == 0 {
			s.want(notAnswered(x, "medium"))
		}
		x.Wait(time.Second)
	}
}

// oneApplicationOfTwo: one application of the site takes NTLM, the other does
// not; both are asked by one client in the same minute.
func oneApplicationOfTwo(s *stage) {
	web := web01()
	y := s.dial(pc1, web)
	y.login(alice, "/mail/inbox")
	y.Close()
	for i := range 3 {
		x := s.dial(pc1, web)
		x.preempt("NTLM", "/api/v1/items", web.refuse())
		if i == 0 {
			s.want(notAnswered(x, "low"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// emptyPostAccepted: the browser expects a challenge and holds the form back;
// the server asks for none, and has an empty form.
func emptyPostAccepted(s *stage) {
	web := web01()
	web.open = true
	x := s.dial(pc1, web)
	x.method = "POST"
	x.get("/form", ntlm(alice.Negotiate()), "Content-Length: 0")
	s.want(notAnswered(x, "info"))
	x.Close()
}

// sentToSignIn: the site has a sign-in of its own.
func sentToSignIn(s *stage) {
	x := s.dial(pc1, web01())
	x.preempt("Negotiate", "/", verdict{status: http.StatusFound, fields: []string{"Location: https://login.corp.example/adfs/ls/"}})
	s.want(notAnswered(x, "info"))
	x.Close()
}

// crowdAtAPageForAll: nobody has to log on there, and everybody's program tries.
// That is one note about the server.
func crowdAtAPageForAll(s *stage) {
	web := web01()
	for i := range 6 {
		x := s.dial(capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 10+i)), web)
		x.preempt("NTLM", "/news", verdict{status: http.StatusOK, body: 200})
		if i == 0 {
			s.want(notAnswered(x, "info"))
		}
		x.Close()
	}
}

// restartBeforeTheChallenge: the application pool is recycled. One request gets
// 503, the next is answered as ever.
func restartBeforeTheChallenge(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.preempt("NTLM", "/reports", verdict{status: http.StatusServiceUnavailable, body: 40})
	x.Close()
	x.Wait(20 * time.Second)
	y := s.dial(pc1, web)
	y.login(alice, "/reports/list")
	y.Close()
}

// thirdTryGoesThrough: what was reported after the second try is withdrawn.
func thirdTryGoesThrough(s *stage) {
	web := web01()
	for range 2 {
		x := s.dial(pc1, web)
		x.preempt("NTLM", "/app/start", web.refuse())
		x.Close()
		x.Wait(8 * time.Second)
	}
	y := s.dial(pc1, web)
	y.login(alice, "/app/list")
	y.Close()
}

// crowdAtAnOpenPage: people whose programs send a NEGOTIATE along wherever they
// go. The pictures need no logon; what they come for does.
func crowdAtAnOpenPage(s *stage) {
	web := web01()
	for i := range 5 {
		pc := capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 100+i))
		who := []ntlmtest.Client{alice, bob}[i%2]
		open := func() {
			x := s.dial(pc, web)
			for _, picture := range []string{"/img/logo.png", "/img/head.png"} {
				x.ask(picture, ntlm(who.Negotiate()))
				x.respond(verdict{status: http.StatusOK, body: 500})
			}
			x.Close()
		}
		if i%3 == 0 {
			open()
		}
		y := s.dial(pc, web)
		y.login(who, "/reports")
		y.Close()
		open()
		s.capture.Wait(3 * time.Second)
	}
}

// fallsBackToBasic: a client that tries what it knows, one after the other.
func fallsBackToBasic(s *stage) {
	web := web01().offering(withBasic...)
	x := s.dial(pc1, web)
	x.get("/reports")
	x.preempt("NTLM", "/reports", web.refuse())
	x.Wait(300 * time.Millisecond)
	x.get("/reports", basic(alice))
	s.want(cleartext(x, "alice"))
	x.Close()
}

// oneOfSeveralConnections: a browser opens four at once, and a server that is
// busy answers one of them 503. The page comes over the others.
func oneOfSeveralConnections(s *stage) {
	web := web01()
	var all []*session
	for i := range 4 {
		x := s.dial(pc1, web)
		all = append(all, x)
		target := fmt.Sprintf("/share/img%d.png", i)
		if i == 1 {
			x.preempt("NTLM", target, verdict{status: http.StatusServiceUnavailable, body: 40})
			continue
		}
		x.begin("NTLM", alice, target)
	}
	for i, x := range all {
		if i%2 == 0 {
			x.present("NTLM", fmt.Sprintf("/share/img%d.png", i), x.answer(alice))
		}
	}
	s.capture.Wait(time.Second)
	for _, x := range all {
		x.Close()
	}
}

// healthChecks: a load balancer asks whether the server is there, and 401 is a
// good answer. People log on meanwhile.
func healthChecks(s *stage) {
	web := web01()
	lb := capturetest.NewHost("10.9.0.5")
	for range 2 {
		c := s.dial(lb, web)
		c.agent, c.method = "lb-health/1.0", "HEAD"
		c.ask("/health")
		v := web.refuse()
		v.body = 0
		c.respond(v)
		c.Close()
		c.Wait(5 * time.Second)
		x := s.dial(pc1, web)
		x.login(alice, "/reports")
		x.Close()
	}
}

// challengeNotCaptured: the capture has lost the answer with the CHALLENGE.
func challengeNotCaptured(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	x.ask("/reports", ntlm(alice.Negotiate()))
	x.Lose(1)
	x.reply()
	x.get("/reports", ntlm(x.answer(alice)))
	x.Close()
	s.want(incomplete())
}

// proxyAsksFirst: the proxy wants a logon of its own before it passes the
// NEGOTIATE on.
func proxyAsksFirst(s *stage) {
	p := strictProxy()
	x := s.throughProxy(p)
	x.ask(example, ntlm(alice.Negotiate()))
	x.respond(p.refuse())
	x.login(alice, example)
	x.Close()
}
