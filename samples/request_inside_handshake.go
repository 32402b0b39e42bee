package samples

import "ntlmtrace/capture/capturetest"

var requestInsideHandshake = []story{
	{"hit-request-between", requestBetween},
	{"hit-two-handshakes-mixed", twoHandshakesMixed},
	{"hit-by-user-agent", otherAgentBetween},
	{"miss-own-request-between", ownRequestBetween},
	{"miss-crowd-of-connections", crowdOfConnections},
	{"miss-before-the-handshake", otherBeforeHandshake},
	{"miss-retransmitted", lostAndRetransmitted},
}

// forwardedFor is the field in which a proxy names a client.
func forwardedFor(client capturetest.Host) string { return "X-Forwarded-For: " + client.Addr.String() }

func mixed(x *session, h handshake, confidence string) finding {
	return finding{
		rule: "request-inside-handshake", severity: "high", confidence: confidence,
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(h.challenge, h.authenticate, h.result),
	}
}

// requestBetween: the balancer uses the connection for bob while alice answers
// the challenge. The server has forgotten it then.
func requestBetween(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	h := handshake{}
	x.get("/reports", ntlm(alice.Negotiate()), forwardedFor(pc1))
	h.negotiate, h.challenge = x.sent, x.got
	token := x.answer(alice)
	x.ask("/news", forwardedFor(pc2)).respond(x.site.refuse())
	between := x.sent
	x.ask("/reports", ntlm(token), forwardedFor(pc1)).respond(x.site.refuse())
	h.authenticate, h.result = x.sent, x.got
	f := mixed(x, h, "high")
	f.evidence = append(f.evidence, between)
	s.want(f)
	x.Close()
}

// twoHandshakesMixed: bob's handshake begins inside alice's.
func twoHandshakesMixed(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	h := handshake{}
	x.get("/reports", ntlm(alice.Negotiate()), forwardedFor(pc1))
	h.negotiate, h.challenge = x.sent, x.got
	token := x.answer(alice)
	x.get("/news", ntlm(bob.Negotiate()), forwardedFor(pc2))
	x.get("/reports", ntlm(token), forwardedFor(pc1))
	h.authenticate, h.result = x.sent, x.got
	s.want(mixed(x, h, "high"))
	x.Close()
}

// otherAgentBetween: the balancer names no clients, but they have different
// browsers.
func otherAgentBetween(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	h := handshake{}
	h.negotiate, h.challenge = x.begin("NTLM", alice, "/reports")
	token := x.answer(alice)
	x.agent = "curl/8.5.0"
	x.ask("/health").respond(x.site.refuse())
	x.agent = browser
	x.ask("/reports", ntlm(token)).respond(x.site.refuse())
	h.authenticate, h.result = x.sent, x.got
	s.want(mixed(x, h, "medium"))
	x.Close()
}

// ownRequestBetween: alice's browser asks for something else on the connection
// meanwhile, which does no harm.
func ownRequestBetween(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	x.get("/reports", ntlm(alice.Negotiate()), forwardedFor(pc1))
	token := x.answer(alice)
	x.ask("/favicon.ico", forwardedFor(pc1)).respond(x.site.refuse())
	x.get("/reports", ntlm(token), forwardedFor(pc1))
	x.Close()
}

// crowdOfConnections: a balancer that gives each client a connection of its
// own, all of them at the same time.
func crowdOfConnections(s *stage) {
	web := web01()
	a, b, c := s.dial(balancer().at.Host, web), s.dial(balancer().at.Host, web), s.dial(balancer().at.Host, web)
	a.get("/reports", ntlm(alice.Negotiate()), forwardedFor(pc1))
	b.get("/reports", ntlm(bob.Negotiate()), forwardedFor(pc2))
	c.get("/news", forwardedFor(pc2))
	a.get("/reports", ntlm(a.answer(alice)), forwardedFor(pc1))
	c.get("/news", forwardedFor(pc2))
	b.get("/reports", ntlm(b.answer(bob)), forwardedFor(pc2))
	for _, x := range []*session{a, b, c} {
		x.Close()
	}
}

// otherBeforeHandshake: the connection served bob before, who was refused.
func otherBeforeHandshake(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	x.get("/news", forwardedFor(pc2))
	x.get("/reports", ntlm(alice.Negotiate()), forwardedFor(pc1))
	x.get("/reports", ntlm(x.answer(alice)), forwardedFor(pc1))
	x.Close()
}
