package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var dcBottleneck = []story{
	{"hit-refused-after-45-s", refusedAfterTimeout},
	{"hit-basic-after-30-s", basicAfterTimeout},
	{"hit-queue", logonsQueue},
	{"miss-wrong-password", oldPassword},
	{"miss-slow-application", applicationIsSlow},
	{"miss-crowd-of-slow-start-pages", crowdOfSlowPages},
	{"miss-always-slow", alwaysSlow},
}

// worker is user number n, at a machine of their own.
func worker(n int) (ntlmtest.Client, capturetest.Host) {
	c := alice
	c.User, c.Workstation = fmt.Sprintf("user%d", n), fmt.Sprintf("PC2%d", n)
	return c, capturetest.NewHost(fmt.Sprintf("10.9.0.20%d", n))
}

// peopled is WEB01 with its people.
func peopled() *site {
	web := web01()
	web.Users = ntlmtest.Directory{}
	for n := range 8 {
		web.Users[fmt.Sprintf("user%d", n)] = alice.Password
	}
	return web
}

// slowLogin is a logon whose answer takes a while.
func (x *session) slowLogin(c ntlmtest.Client, target string, d time.Duration) handshake {
	h := handshake{}
	h.negotiate, h.challenge = x.begin("NTLM", c, target)
	x.ask(target, ntlm(x.answer(c)))
	x.Wait(d)
	x.reply()
	h.authenticate, h.result = x.sent, x.got
	return h
}

// refusedAfterTimeout: the domain controller does not answer, twice.
func refusedAfterTimeout(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		client := alice
		client.Password = "whatever it is"
		h := x.slowLogin(client, "/reports", 45*time.Second)
		x.Close()
		if i == 0 {
			s.want(finding{
				rule: "dc-bottleneck", severity: "medium", confidence: "medium",
				user: corpAlice, client: pc1, servers: sites(web), evidence: frames(h.authenticate, h.result),
			})
		}
	}
}

// basicAfterTimeout: the server asks the domain controller for Basic too.
func basicAfterTimeout(s *stage) {
	x := s.dial(pc1, web01().offering(`Basic realm="corp.example"`))
	client := alice
	client.Password = "whatever it is"
	x.ask("/reports", basic(client)).Wait(30 * time.Second)
	x.reply()
	s.want(finding{rule: "dc-bottleneck", severity: "medium", confidence: "medium", client: pc1, servers: sites(x.site)})
	f := cleartext(x, "alice")
	f.evidence = nil
	s.want(f)
	x.Close()
}

// slowly is the note about one slow logon.
func slowly(x *session, h handshake) finding {
	f := slow(x, h.authenticate, h.result)
	f.client, f.user = x.From().Host, ""
	return f
}

// logonsQueue: three logons are fast, the next four wait for each other; pages
// on connections that are logged on are fast all the time.
func logonsQueue(s *stage) {
	web := peopled()
	var first, last handshake
	for n := range 7 {
		c, pc := worker(n)
		x := s.dial(pc, web)
		if n < 3 {
			x.login(c, "/reports")
		} else {
			last = x.slowLogin(c, "/reports", time.Duration(n-1)*1500*time.Millisecond)
			if n == 3 {
				first = last
			}
			if n < 5 {
				s.want(slowly(x, last))
			}
		}
		x.get("/reports")
		x.get("/reports/2")
		x.Close()
	}
	s.want(finding{
		rule: "dc-bottleneck", severity: "medium", confidence: "medium",
		servers: sites(web), evidence: frames(first.authenticate, first.result),
	})
}

// applicationIsSlow: the server answers nobody in time, logged on or not.
func applicationIsSlow(s *stage) {
	web := peopled()
	for n := range 7 {
		c, pc := worker(n)
		x := s.dial(pc, web)
		if n < 3 {
			x.login(c, "/reports")
		} else {
			s.want(slowly(x, x.slowLogin(c, "/reports", time.Duration(n)*1500*time.Millisecond)))
		}
		x.ask("/reports/2").Wait(3 * time.Second)
		x.reply()
		x.Close()
	}
}

// crowdOfSlowPages: everybody's start page takes its time, longer with each
// one, and what it consists of comes over other connections at once.
func crowdOfSlowPages(s *stage) {
	web := peopled()
	for n := range 3 {
		c, pc := worker(n)
		x := s.dial(pc, web)
		x.login(c, "/news")
		x.Close()
	}
	for n := 3; n < 6; n++ {
		c, pc := worker(n)
		x := s.dial(pc, web)
		h := x.slowLogin(c, "/start", time.Duration(n)*time.Second)
		s.want(slowly(x, h))
		x.get("/logo.png")
		y := s.dial(pc, web)
		y.login(c, "/style.css")
		y.Close()
		x.Close()
	}
}

// alwaysSlow: each logon asks for a page that takes its time; there was never a
// fast one.
func alwaysSlow(s *stage) {
	web := peopled()
	for n := range 5 {
		c, pc := worker(n)
		x := s.dial(pc, web)
		s.want(slowly(x, x.slowLogin(c, "/start", time.Duration(n+2)*1500*time.Millisecond)))
		x.get("/logo.png")
		x.get("/news.json")
		x.Close()
	}
}
