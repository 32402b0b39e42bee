package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var tokenReplayedByOtherClient = []story{
	{"hit-stolen-token", stolenToken},
	{"hit-stolen-token-other-port", stolenTokenOtherPort},
	{"miss-same-user-elsewhere", sameUserElsewhere},
	{"miss-translated-client", translatedClient},
	{"miss-cut-tokens", cutTokens},
}

// stolenFinding is the finding for a token that somebody else sent.
func stolenFinding(first handshake, b *session) finding {
	return finding{
		rule: "token-replayed-by-other-client", severity: "high", confidence: "medium",
		user: corpAlice, client: b.From().Host, servers: sites(b.site),
		evidence: frames(first.authenticate, b.sent, b.got),
	}
}

// stolenToken: somebody who could read alice's traffic sends her token.
func stolenToken(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	first := a.login(alice, "/reports")
	a.Wait(40 * time.Second)
	a.Close()
	b := s.dial(capturetest.NewHost("10.9.0.66"), web)
	b.agent = "curl/8.5.0"
	b.get("/reports", ntlm(first.token))
	b.Close()
	s.want(stolenFinding(first, b))
}

// stolenTokenOtherPort: the thief makes the server issue a challenge first, on
// another port of it, and answers with alice's token.
func stolenTokenOtherPort(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	first := a.login(alice, "/reports")
	a.Close()
	admin := *web
	b := s.dial(capturetest.NewHost("10.9.0.66"), admin.on(8080))
	b.agent = "curl/8.5.0"
	b.begin("NTLM", bob, "/admin")
	b.get("/admin", ntlm(first.token))
	b.Close()
	f := stolenFinding(first, b)
	f.servers = sites(a.site, b.site)
	s.want(f)
}

// sameUserElsewhere: alice logs on from two machines.
func sameUserElsewhere(s *stage) {
	web := web01()
	a, b := s.dial(pc1, web), s.dial(pc2, web)
	a.login(alice, "/reports")
	onPC2 := alice
	onPC2.Workstation = "PC2"
	b.login(onPC2, "/reports")
	a.Close()
	b.Close()
}

// translatedClient: a router hides alice's address, and both its sides are
// captured.
func translatedClient(s *stage) {
	web := web01()
	router := capturetest.NewHost("10.9.0.1").At(61044)
	a := s.dial(pc1, web, capturetest.NAT(router, web.at))
	a.get("/reports")
	a.login(alice, "/reports")
	a.Close()
}

// cutTokens: the capture kept the beginning of every packet, where the tokens
// of two clients are alike.
func cutTokens(s *stage) {
	s.tap(capturetest.Snaplen(180))
	web := web01()
	a, b := s.dial(pc1, web), s.dial(pc2, web)
	a.login(alice, "/reports")
	b.login(bob, "/reports")
	a.Close()
	b.Close()
	s.want(incomplete())
}
