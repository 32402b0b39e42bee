package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var tokenWithoutChallenge = []story{
	{"hit-tap-at-the-second-server", tapAtTheSecondServer},
	{"hit-other-node-of-the-farm", otherNodeOfTheFarm},
	{"miss-capture-begins-midway", captureBeginsMidway},
	{"miss-challenge-lost", challengeLost},
	{"miss-token-on-a-known-connection", tokenOnAKnownConnection},
}

// elsewhere makes a token of alice for a site that the capture does not see.
func (s *stage) elsewhere(w *site) []byte {
	unseen := &stage{name: s.name, capture: capturetest.New()}
	return unseen.dial(pc1, w).login(alice, "/").token
}

// strange is the finding for a token whose challenge nobody saw.
func strange(x *session) finding {
	return finding{
		rule: "token-without-challenge", severity: "high",
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// tapAtTheSecondServer: the double hop as it looks at the second server alone.
// The token says that WEB01 asked for it.
func tapAtTheSecondServer(s *stage) {
	b := s.dial(pc1, mbx02())
	b.get("/inbox", ntlm(s.elsewhere(web01())))
	b.Wait(2 * time.Second)
	b.Close()
	s.want(strange(b))
}

// otherNodeOfTheFarm: a balancer gave the third message to another node than
// the second, and this is that node's capture.
func otherNodeOfTheFarm(s *stage) {
	node := newSite("WEB02", "web02.corp.example", "10.9.0.21")
	b := s.dial(balancer().at.Host, node)
	b.host = "www.corp.example"
	b.get("/reports", ntlm(s.elsewhere(web01())))
	b.Close()
	s.want(strange(b))
}

// captureBeginsMidway: the handshake began before the capture did, and goes on
// well.
func captureBeginsMidway(s *stage) {
	unseen := &stage{name: s.name, capture: capturetest.New()}
	early := unseen.dial(pc1, web01())
	early.begin("NTLM", alice, "/reports")
	a := s.dial(pc1, early.site, capturetest.Midstream())
	a.logon = early.logon
	a.get("/reports", ntlm(a.answer(alice)))
	a.Close()
}

// challengeLost: the packet with the challenge is missing in the capture, and
// the password is wrong.
func challengeLost(s *stage) {
	a := s.dial(pc1, web01())
	a.ask("/reports", ntlm(alice.Negotiate()))
	a.Lose(1)
	a.reply()
	guess := alice
	guess.Password = "Winter-2025"
	a.get("/reports", ntlm(a.answer(guess)))
	a.Close()
	s.want(incomplete())
}

// tokenOnAKnownConnection: an older connection, on which nobody can say what
// went before, is refused.
func tokenOnAKnownConnection(s *stage) {
	a := s.dial(pc1, web01(), capturetest.Midstream())
	a.get("/reports", ntlm(s.elsewhere(web01())))
	a.Close()
}
