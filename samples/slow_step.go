package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var slowStep = []story{
	{"hit-slow-verdict", slowVerdict},
	{"hit-prompt", passwordPrompt},
	{"hit-slow-challenge", slowChallenge},
	{"hit-one-slow-of-many", oneSlowOfMany},
	{"miss-refused-after-45-s", refusedAfterTimeout},
	{"miss-crowd-at-work", crowdAtWork},
	{"miss-long-way", longWay},
	{"miss-slow-page", slowPage},
	{"miss-thinking-before-the-logon", thinkingBeforeTheLogon},
	{"miss-retransmitted-challenge", lostAndRetransmitted},
}

func slow(x *session, from, to *capturetest.Frame) finding {
	return finding{
		rule: "slow-step", severity: "info", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(from, to),
	}
}

// slowVerdict: the server waits six seconds for its domain controller.
func slowVerdict(s *stage) {
	x := s.dial(pc1, web01())
	x.begin("NTLM", alice, "/reports")
	x.ask("/reports", ntlm(x.answer(alice)))
	x.Wait(6 * time.Second)
	x.reply()
	s.want(slow(x, x.sent, x.got))
	x.Close()
}

// passwordPrompt: alice has to type her password.
func passwordPrompt(s *stage) {
	x := s.dial(pc1, web01())
	x.begin("NTLM", alice, "/reports")
	challenge := x.got
	x.Wait(9 * time.Second)
	x.get("/reports", ntlm(x.answer(alice)))
	s.want(slow(x, challenge, x.sent))
	x.Close()
}

// slowChallenge: the server takes its time before it asks anything.
func slowChallenge(s *stage) {
	x := s.dial(pc1, web01())
	x.ask("/reports", ntlm(alice.Negotiate()))
	x.Wait(5 * time.Second)
	x.reply()
	s.want(slow(x, x.sent, x.got))
	x.get("/reports", ntlm(x.answer(alice)))
	x.Close()
}

// longWay: every step takes the time that the packets need.
func longWay(s *stage) {
	x := s.dial(pc1, web01(), capturetest.RTT(700*time.Millisecond))
	x.get("/reports")
	x.login(alice, "/reports")
	x.Close()
}

// slowPage: the logon is long over when a page takes its time.
func slowPage(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/reports")
	x.ask("/reports/year").Wait(8 * time.Second)
	x.reply()
	x.Close()
}

// thinkingBeforeTheLogon: the client does not begin at once after the offer.
func thinkingBeforeTheLogon(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	x.Wait(15 * time.Second)
	x.login(alice, "/reports")
	x.Close()
}

// oneSlowOfMany: three logons are fast, the fourth is not.
func oneSlowOfMany(s *stage) {
	web := peopled()
	for n := range 3 {
		c, pc := worker(n)
		x := s.dial(pc, web)
		x.login(c, "/reports")
		x.Close()
	}
	c, pc := worker(3)
	x := s.dial(pc, web)
	s.want(slowly(x, x.slowLogin(c, "/year", 7*time.Second)))
	x.Close()
}

// crowdAtWork: a far office, with pauses between logons and slow pages on
// connections that are logged on.
func crowdAtWork(s *stage) {
	web := peopled()
	for n := range 4 {
		c, pc := worker(n)
		x := s.dial(pc, web, capturetest.RTT(300*time.Millisecond))
		x.get("/reports")
		x.Wait(4 * time.Second)
		x.login(c, "/reports")
		x.ask("/reports/year").Wait(5 * time.Second)
		x.reply()
		x.Close()
	}
}
