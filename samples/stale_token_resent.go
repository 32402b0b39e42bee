package samples

import "time"

var staleTokenResent = []story{
	{"hit-new-connection", tokenOnANewConnection},
	{"hit-same-connection", tokenAgainOnItsConnection},
	{"hit-own-address-of-a-node", ownAddressOfANode},
	{"miss-tcp-retransmission", tokenRetransmitted},
	{"miss-local-call-twice", localCallTwice},
	{"miss-fresh-handshake", freshHandshake},
	{"miss-retransmission-of-a-lost-frame", lostTokenRetransmitted},
}

// stale is the finding for a token that its server got a second time.
func stale(first handshake, x *session) finding {
	return finding{
		rule: "stale-token-resent", severity: "medium", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(x.site),
		evidence: frames(first.authenticate, x.sent, x.got),
	}
}

// tokenOnANewConnection: the connection was closed, and the client goes on
// with the field that it sent last.
func tokenOnANewConnection(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	first := a.login(alice, "/reports")
	a.ServerClose()
	a.Wait(20 * time.Second)
	b := s.dial(pc1, web)
	b.get("/reports/2", ntlm(first.token))
	b.Close()
	s.want(stale(first, b))
}

// tokenAgainOnItsConnection: a client that sends the field with every request.
func tokenAgainOnItsConnection(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	a.get("/reports/2", ntlm(first.token))
	a.Close()
	s.want(stale(first, a))
}

// tokenRetransmitted: TCP sends the segment again.
func tokenRetransmitted(s *stage) {
	a := s.dial(pc1, web01())
	a.begin("NTLM", alice, "/reports")
	a.ask("/reports", ntlm(a.answer(alice)))
	a.Retransmit()
	a.reply()
	a.Close()
}

// localCallTwice: client and server on one machine know each other without a
// response, so all their messages are alike.
func localCallTwice(s *stage) {
	web := web01()
	web.Local = true
	monitor := alice
	monitor.Response = localCall
	for range 2 {
		a := s.dial(web.at.Host, web)
		a.login(monitor, "/status")
		a.Close()
	}
}

// freshHandshake: the client begins again on its new connection, as it should.
func freshHandshake(s *stage) {
	web := web01()
	for range 2 {
		a := s.dial(pc1, web)
		a.login(alice, "/reports")
		a.ServerClose()
		a.Wait(20 * time.Second)
	}
}

// lostTokenRetransmitted: the capture missed the token the first time.
func lostTokenRetransmitted(s *stage) {
	a := s.dial(pc1, web01())
	a.begin("NTLM", alice, "/reports")
	a.Lose(1)
	a.ask("/reports", ntlm(a.answer(alice)))
	a.Retransmit()
	a.reply()
	a.Close()
}

// ownAddressOfANode: behind a virtual address is one server, which has an
// address of its own as well. Its challenges say that it is one machine.
func ownAddressOfANode(s *stage) {
	node := web01()
	before := s.dial(pc1, node)
	before.login(alice, "/reports")
	before.Close()
	a := s.dial(pc1, node.moved("10.9.0.100", 80))
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc1, node)
	b.get("/reports/2", ntlm(first.token))
	b.Close()
	f := stale(first, b)
	f.servers = sites(a.site, b.site)
	s.want(f)
}
