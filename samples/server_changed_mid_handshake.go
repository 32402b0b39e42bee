package samples

var serverChangedMidHandshake = []story{
	{"hit-token-reaches-the-other-node", tokenReachesTheOtherNode},
	{"hit-two-challenges-of-two-nodes", twoChallengesOfTwoNodes},
	{"miss-node-for-each-connection", nodeForEachConnection},
	{"miss-http-sys-and-iis", normalLogon},
	{"miss-challenge-lost", nodeUnknown},
}

// farm is two nodes behind the address of the balancer.
func farm() (a, b *site) {
	return web01().behind("10.9.0.100", "web01.corp.example"),
		newSite("WEB02", "web02.corp.example", "10.9.0.21").behind("10.9.0.100", "web02.corp.example")
}

// www dials the farm.
func (s *stage) www(node *site) *session {
	x := s.dial(pc1, node)
	x.host = "www.corp.example"
	return x
}

func serverChanged(x *session) finding {
	return finding{
		rule: "server-changed-mid-handshake", severity: "medium", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// tokenReachesTheOtherNode: the client asks twice before it answers. It
// answers the first node's challenge; the second node gets it.
func tokenReachesTheOtherNode(s *stage) {
	a, b := farm()
	x := s.www(a)
	x.begin("NTLM", alice, "/reports")
	token := x.answer(alice)
	x.reach(b)
	x.begin("NTLM", alice, "/reports")
	x.get("/reports", ntlm(token))
	x.Close()
	s.want(serverChanged(x))
}

// twoChallengesOfTwoNodes: the client starts over on its connection when the
// second node refuses the answer to the first, and is given a challenge of
// that node.
func twoChallengesOfTwoNodes(s *stage) {
	a, b := farm()
	x := s.www(a)
	x.begin("NTLM", alice, "/reports")
	token := x.answer(alice)
	x.reach(b)
	x.get("/reports", ntlm(token))
	_, second := x.begin("NTLM", alice, "/reports")
	f := serverChanged(x)
	f.confidence, f.evidence = "medium", frames(second)
	s.want(f)
	x.get("/reports", ntlm(x.answer(alice)))
	x.Close()
}

// nodeForEachConnection: each connection has a node of its own, as it should.
func nodeForEachConnection(s *stage) {
	a, b := farm()
	for _, node := range sites(a, b) {
		x := s.www(node)
		x.login(alice, "/reports")
		x.Close()
	}
}

// nodeUnknown: the capture lost a challenge, so nobody can say who sent it.
func nodeUnknown(s *stage) {
	a, _ := farm()
	x := s.www(a)
	x.ask("/reports", ntlm(alice.Negotiate()))
	x.Lose(1)
	x.reply()
	x.get("/reports", ntlm(x.answer(alice)))
	x.Close()
	s.want(incomplete())
}
