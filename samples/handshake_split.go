package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var handshakeSplit = []story{
	{"hit-connection-for-every-request", connectionForEveryRequest},
	{"hit-pool-behind-a-proxy", poolBehindAProxy},
	{"hit-balancer-with-two-addresses", balancerWithTwoAddresses},
	{"hit-behind-a-forward-proxy", splitBehindAForwardProxy},
	{"miss-parallel-connections", parallelConnections},
	{"miss-second-try", secondTry},
	{"miss-challenge-lost", splitOrLost},
}

// split is the finding for a token sent on another connection than that of its
// challenge.
func split(issued *capturetest.Frame, x *session) finding {
	return finding{
		rule: "handshake-split", severity: "high", confidence: "high",
		user: corpAlice, client: x.From().Host, servers: sites(x.site),
		evidence: frames(issued, x.sent, x.got),
	}
}

// connectionForEveryRequest: a proxy opens a connection to the server for
// every request.
func connectionForEveryRequest(s *stage) {
	lb, web := balancer(), web01()
	first := s.dial(lb.at.Host, web)
	first.begin("NTLM", alice, "/reports")
	token, issued := first.answer(alice), first.got
	first.Close()
	second := s.dial(lb.at.Host, web)
	second.get("/reports", ntlm(token))
	second.Close()
	s.want(split(issued, second))
}

// poolBehindAProxy: a proxy takes whatever connection of its pool is free: the
// third message goes out on the one that bob's request has just left.
func poolBehindAProxy(s *stage) {
	lb, web := balancer(), web01()
	pool := []*session{s.dial(lb.at.Host, web), s.dial(lb.at.Host, web)}
	pool[1].get("/news")
	pool[0].begin("NTLM", alice, "/reports")
	token, issued := pool[0].answer(alice), pool[0].got
	pool[0].get("/news/2")
	pool[1].get("/reports", ntlm(token))
	s.want(split(issued, pool[1]))
	pool[0].Close()
	pool[1].Close()
}

// balancerWithTwoAddresses: both sides of a balancer are captured, and nothing
// says that its two addresses are one machine. It opens a connection for every
// request: the challenge comes back to alice, her answer goes elsewhere.
func balancerWithTwoAddresses(s *stage) {
	lb, web, inside := balancer(), web01(), s.card("10.9.7.100")
	front, first := s.dial(pc1, lb), s.dial(inside, web)
	first.host = front.host
	front.ask("/reports", ntlm(alice.Negotiate()))
	first.forward(front)
	front.relay(first)
	issued := first.got
	token := first.answer(alice)
	first.Close()
	second := s.dial(inside, web)
	second.host = front.host
	front.ask("/reports", ntlm(token))
	second.forward(front)
	front.relay(second)
	second.Close()
	front.Close()
	s.want(finding{
		rule: "handshake-split", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(web, lb),
		evidence: frames(issued, front.sent, second.sent, second.got),
	})
}

// splitBehindAForwardProxy: alice reaches the balancer through a proxy that
// keeps the two sides of her connection together. Her logon has three legs, and
// what splits the last one explains them all.
func splitBehindAForwardProxy(s *stage) {
	squid, lb, web := forwardProxy(), balancer(), web01()
	front, middle := s.dial(pc1, squid), s.dial(squid.at.Host, lb)
	front.host = middle.host
	carry := func(back *session, field string) {
		back.host = middle.host
		front.ask("http://"+middle.host+"/reports", field)
		middle.agent = front.agent
		middle.ask("/reports", field, "Via: 1.1 proxy01")
		back.forward(middle)
		middle.relay(back)
		front.relay(back)
	}
	first, second := s.dial(lb.at.Host, web), s.dial(lb.at.Host, web)
	carry(first, ntlm(alice.Negotiate()))
	issued := first.got
	carry(second, ntlm(first.answer(alice)))
	s.want(finding{
		rule: "handshake-split", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(squid, lb, web),
		evidence: frames(issued, middle.sent, second.sent, second.got),
	})
	s.want(finding{
		rule: "pass-through-proxy", severity: "info", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(squid, lb), evidence: frames(front.sent, middle.sent),
	})
	for _, x := range []*session{front, middle, first, second} {
		x.Close()
	}
}

// forwardProxy is a proxy at 10.9.0.90 that wants no logon.
func forwardProxy() *site {
	w := newSite("PROXY01", "proxy01.corp.example", "10.9.0.90").on(3128)
	w.open = true
	return w
}

// parallelConnections: a browser logs on over two connections at once.
func parallelConnections(s *stage) {
	web := web01()
	a, b := s.dial(pc1, web), s.dial(pc1, web)
	a.begin("NTLM", alice, "/reports")
	b.begin("NTLM", alice, "/logo.png")
	b.get("/logo.png", ntlm(b.answer(alice)))
	a.get("/reports", ntlm(a.answer(alice)))
	a.Close()
	b.Close()
}

// secondTry: a connection breaks after the challenge, and the client begins
// anew on the next one.
func secondTry(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	a.begin("NTLM", alice, "/reports")
	a.Wait(90 * time.Second)
	a.Close()
	b := s.dial(pc1, web)
	b.login(alice, "/reports")
	b.Close()
}

// splitOrLost: between the first and the third message the capture has a hole,
// so nobody can tell whether the challenge came on this connection.
func splitOrLost(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	a.begin("NTLM", alice, "/reports")
	b := s.dial(pc1, web)
	b.ask("/reports", ntlm(alice.Negotiate()))
	b.Lose(1)
	b.reply()
	b.get("/reports", ntlm(b.answer(alice)))
	a.get("/logo.png", ntlm(a.answer(alice)))
	a.Close()
	b.Close()
	s.want(incomplete())
}
