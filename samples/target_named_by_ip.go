package samples

import "ntlmtrace/capture/capturetest"

var targetNamedByIP = []story{
	{"hit-ipv4", ipv4Literal},
	{"hit-ipv6", ipv6Literal},
	{"miss-name", normalLogon},
	{"miss-name-made-of-numbers", nameMadeOfNumbers},
	{"miss-no-logon", addressWithoutLogon},
	{"miss-answers-only", hostNotCaptured},
}

func namedByIP(x *session, h handshake) finding {
	return finding{
		rule: "target-named-by-ip", severity: "low", confidence: "high",
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(h.authenticate),
	}
}

// ipv4Literal: alice typed the address. There is no ticket for an address.
func ipv4Literal(s *stage) {
	x := s.dial(pc1, web01())
	x.host = "10.9.0.20"
	x.get("/reports")
	h := x.login(alice, "/reports")
	x.Close()
	s.want(namedByIP(x, h))
}

// ipv6Literal: the same over IPv6, on another port.
func ipv6Literal(s *stage) {
	web := newSite("WEB01", "web01.corp.example", "fd00:9::20").on(8080)
	x := s.dial(capturetest.NewHost("fd00:9::10"), web)
	x.host = "[fd00:9::20]:8080"
	h := x.login(alice, "/reports")
	x.Close()
	s.want(namedByIP(x, h))
}

// nameMadeOfNumbers: a name, whatever it looks like.
func nameMadeOfNumbers(s *stage) {
	x := s.dial(pc1, web01())
	x.host = "10-9-0-20.corp.example"
	x.login(alice, "/reports")
	x.Close()
}

// addressWithoutLogon: nobody logs on, so nobody misses the ticket.
func addressWithoutLogon(s *stage) {
	web := web01()
	web.open = true
	x := s.dial(pc1, web)
	x.host = "10.9.0.20"
	x.get("/news")
	x.Close()
}

// hostNotCaptured: the capture has the answers alone, and no Host.
func hostNotCaptured(s *stage) {
	x := s.dial(pc1, web01(), capturetest.ServerOnly())
	x.host = "10.9.0.20"
	x.login(alice, "/reports")
	x.Close()
	s.want(incomplete())
}
