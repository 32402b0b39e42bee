package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var doubleHopTokenReplay = []story{
	{"hit-cached-token", cachedToken},
	{"hit-second-server-asked-too", secondServerAskedToo},
	{"miss-logon-at-each-server", logonAtEachServer},
	{"miss-mirrored-vlan", mirroredVLAN},
	{"miss-translated-addresses", translatedAddresses},
	{"miss-challenge-not-captured", secondChallengeNotCaptured},
}

// replay is the finding for a token of one server that another one refused.
func replay(first handshake, a, b *session) finding {
	return finding{
		rule: "double-hop-token-replay", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(a.site, b.site),
		evidence: frames(first.authenticate, first.result, b.sent, b.got),
	}
}

// cachedToken: a script keeps the Authorization field that worked and sends it
// to the next server.
func cachedToken(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc1, mbx02())
	b.get("/inbox", ntlm(first.token))
	b.Close()
	s.want(replay(first, a, b))
}

// secondServerAskedToo: the second server issues a challenge of its own, and
// gets the answer to the first server's.
func secondServerAskedToo(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	b := s.dial(pc1, mbx02())
	b.begin("NTLM", alice, "/inbox")
	b.get("/inbox", ntlm(first.token))
	b.Close()
	a.Close()
	s.want(replay(first, a, b))
}

// logonAtEachServer: the client answers the challenge of each server. This is
// two first hops.
func logonAtEachServer(s *stage) {
	a, b := s.dial(pc1, web01()), s.dial(pc1, mbx02())
	a.login(alice, "/reports")
	b.login(alice, "/inbox")
	a.get("/reports/2")
	a.Close()
	b.Close()
}

// mirroredVLAN: the SPAN port copies the packet before and after the router.
func mirroredVLAN(s *stage) {
	s.tap(capturetest.Tagged(10))
	a := s.dial(pc1, web01(), capturetest.Mirrored(30, 1))
	a.get("/reports")
	a.login(alice, "/reports")
	a.Wait(time.Second)
	a.Close()
}

// translatedAddresses: one connection, captured in front of and behind a load
// balancer that only rewrites addresses.
func translatedAddresses(s *stage) {
	behind := capturetest.NAT(capturetest.NewHost("10.9.1.1").At(31007), capturetest.NewHost("10.9.1.20").At(8080))
	a := s.dial(pc1, web01(), behind)
	a.get("/reports")
	a.login(alice, "/reports")
	a.Close()
}

// secondChallengeNotCaptured: two healthy logons; of the second one the capture
// has lost the CHALLENGE_MESSAGE.
func secondChallengeNotCaptured(s *stage) {
	a := s.dial(pc1, web01())
	a.login(alice, "/reports")
	b := s.dial(pc1, mbx02())
	b.ask("/inbox", ntlm(alice.Negotiate()))
	b.Lose(1)
	b.reply()
	b.get("/inbox", ntlm(b.answer(alice)))
	a.Close()
	b.Close()
	s.want(incomplete())
}
