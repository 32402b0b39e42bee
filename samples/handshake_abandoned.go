package samples

import "time"

var handshakeAbandoned = []story{
	{"hit-prompt-cancelled", promptCancelled},
	{"hit-client-refuses", clientRefuses},
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
