package samples

import (
	"fmt"
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var errorAfterLogon = []story{
	{"hit-every-try", everyTryFails},
	{"hit-request-too-long", answeredBadRequest},
	{"hit-twice-of-many", twoOfManyFail},
	{"hit-once", failsOnce},
	{"miss-one-broken-page", oneBrokenPage},
	{"miss-application-restarts", applicationRestarts},
	{"miss-crowd-in-a-bad-minute", crowdInABadMinute},
	{"miss-second-hop-explains-it", secondHopExplains},
	{"miss-site-behind-a-proxy-is-down", siteBehindProxyIsDown},
	{"miss-refused", refusedOnce},
}

func failedAfter(x *session, severity, confidence string) finding {
	return finding{
		rule: "error-after-logon", severity: severity, confidence: confidence,
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// failLogin makes a handshake whose last answer is an error.
func (x *session) failLogin(c ntlmtest.Client, target string, status int) {
	x.begin("NTLM", c, target)
	x.ask(target, ntlm(x.answer(c)))
	x.respond(verdict{status: status, body: 90})
}

// everyTryFails: the logon is fine, and the application fails for this user.
func everyTryFails(s *stage) {
	for i := range 3 {
		x := s.dial(pc1, web01())
		x.get("/reports")
		x.failLogin(alice, "/reports", http.StatusInternalServerError)
		if i == 0 {
			s.want(failedAfter(x, "medium", "high"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// answeredBadRequest: the last message is too long for what is in front of the
// server.
func answeredBadRequest(s *stage) {
	for i := range 2 {
		x := s.dial(pc1, web01())
		x.failLogin(alice, "/reports", http.StatusBadRequest)
		if i == 0 {
			s.want(failedAfter(x, "medium", "medium"))
		}
		x.Close()
		x.Wait(time.Second)
	}
}

// twoOfManyFail: the day begins well.
func twoOfManyFail(s *stage) {
	y := s.dial(pc1, web01())
	y.login(alice, "/reports")
	y.Close()
	for i := range 2 {
		s.capture.Wait(5 * time.Minute)
		x := s.dial(pc1, web01())
		x.failLogin(alice, "/reports", http.StatusInternalServerError)
		if i == 1 {
			s.want(failedAfter(x, "low", "high"))
		}
		x.Close()
	}
}

// failsOnce: nothing follows it.
func failsOnce(s *stage) {
	x := s.dial(pc1, web01())
	x.failLogin(alice, "/reports", http.StatusInternalServerError)
	s.want(failedAfter(x, "info", "high"))
	x.Close()
}

// oneBrokenPage: the page that alice began with is broken, the next one on the
// same connection is not; each of three times.
func oneBrokenPage(s *stage) {
	for range 3 {
		x := s.dial(pc1, web01())
		x.begin("NTLM", alice, "/broken.aspx")
		x.ask("/broken.aspx", ntlm(x.answer(alice)))
		x.fail(http.StatusInternalServerError)
		x.Wait(2 * time.Second)
		x.get("/reports")
		x.Close()
	}
}

// applicationRestarts: two connections are answered 503, the next is well.
func applicationRestarts(s *stage) {
	web := web01()
	for range 2 {
		x := s.dial(pc1, web)
		x.failLogin(alice, "/reports", http.StatusServiceUnavailable)
		x.Close()
		x.Wait(10 * time.Second)
	}
	y := s.dial(pc1, web)
	y.login(alice, "/reports")
	y.Close()
}

// crowdInABadMinute: a deployment. Everybody gets an error or two, and goes on
// working.
func crowdInABadMinute(s *stage) {
	web := web01()
	for round := range 3 {
		for i := range 4 {
			x := s.dial(capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 100+i)), web)
			who := []ntlmtest.Client{alice, bob}[i%2]
			if round == 0 || round == 1 && i == 0 {
				x.failLogin(who, "/reports", []int{500, 502, 503}[i%3])
			} else {
				x.login(who, "/reports")
			}
			x.Close()
		}
		s.capture.Wait(15 * time.Second)
	}
}

// secondHopExplains: the front end fails because its own logon is refused.
func secondHopExplains(s *stage) {
	web, mbx := web01(), mbx02()
	for i := range 2 {
		front := s.dial(pc1, web)
		front.begin("NTLM", alice, "/inbox")
		front.ask("/inbox", ntlm(front.answer(alice)))
		back := s.dial(web.at.Host, mbx)
		h := back.login(nobody, "/exchange/alice")
		front.fail(http.StatusInternalServerError)
		if i == 0 {
			s.want(anonymousHop(front, back, h))
		}
		back.Close()
		front.Close()
		s.capture.Wait(2 * time.Second)
	}
}

// siteBehindProxyIsDown: the proxy knows alice, and the site that she asks for
// is not there.
func siteBehindProxyIsDown(s *stage) {
	p := strictProxy()
	for range 3 {
		x := s.throughProxy(p)
		x.begin("NTLM", alice, example)
		x.ask(example, toProxy(ntlm(x.answer(alice))))
		x.respond(verdict{status: http.StatusServiceUnavailable, body: 900, fields: []string{"X-Squid-Error: ERR_DNS_FAIL 0"}})
		x.Close()
		x.Wait(3 * time.Second)
	}
}

// refusedOnce: alice mistypes.
func refusedOnce(s *stage) {
	wrong := alice
	wrong.Password = "Spring-2025"
	x := s.dial(pc1, web01())
	x.login(wrong, "/reports")
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	})
	x.Wait(5 * time.Second)
	x.login(alice, "/reports")
	x.Close()
}
