package samples

import "time"

var handshakeAbandoned = []story{
	{"hit-prompt-cancelled", promptCancelled},
	{"hit-client-refuses", clientRefuses},
	{"miss-accepted-before", acceptedBefore},
	{"miss-answered-after-the-prompt", answeredAfterThePrompt},
	{"miss-goes-on-elsewhere", secondTryAtOnce},
	{"miss-capture-ends", captureEndsMidHandshake},
	{"miss-server-closes", firewallResets},
}

func abandoned(x *session) finding {
	return finding{
		rule: "handshake-abandoned", severity: "low", confidence: "medium",
		client: pc1, servers: sites(x.site), evidence: frames(x.got),
	}
}

// promptCancelled: alice is asked for a password and says no.
func promptCancelled(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	x.begin("NTLM", alice, "/reports")
	s.want(abandoned(x))
	x.Wait(25 * time.Second)
	x.Close()
}

// clientRefuses: the client may not use NTLM outside its domain, and asks for
// another page without it.
func clientRefuses(s *stage) {
	x := s.dial(pc1, web01())
	x.begin("NTLM", alice, "/reports")
	s.want(abandoned(x))
	x.get("/help")
	x.Close()
}

// acceptedBefore: the browser has the page over other connections when alice
// closes it; one more had just got its challenge.
func acceptedBefore(s *stage) {
	web := web01()
	for range 3 {
		x := s.dial(pc1, web)
		x.login(alice, "/reports")
		x.Close()
	}
	s.capture.Wait(90 * time.Second)
	y := s.dial(pc1, web)
	y.begin("NTLM", alice, "/logo.png")
	y.Wait(300 * time.Millisecond)
	y.Close()
}

// answeredAfterThePrompt: the server closes while alice looks for her password;
// her answer comes two minutes later, over a new connection.
func answeredAfterThePrompt(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.begin("NTLM", alice, "/reports")
	x.Wait(15 * time.Second)
	x.ServerClose()
	s.capture.Wait(2 * time.Minute)
	y := s.dial(pc1, web)
	y.login(alice, "/reports")
	y.Close()
}

// secondTryAtOnce: the client begins anew on another connection, and gets
// there.
func secondTryAtOnce(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.begin("NTLM", alice, "/reports")
	x.Close()
	y := s.dial(pc1, web)
	y.login(alice, "/reports")
	y.Close()
}
