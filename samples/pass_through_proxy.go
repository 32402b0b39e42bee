package samples

import (
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var passThroughProxy = []story{
	{"hit-load-balancer", loadBalancerKeepsTheConnection},
	{"hit-other-path-once", otherPathOnce},
	{"hit-two-users", twoUsersThroughOneProxy},
	{"miss-proxy-in-front-of-open-site", proxyInFrontOfOpenSite},
	{"miss-logon-at-proxy-and-server", logonAtProxyAndServer},
	{"miss-one-side-captured", onlyTheFrontCaptured},
}

// passThrough is one logon of alice through a proxy: front and back are the
// connections on its two sides. The frames are those of the front.
func passThrough(front, back *session) handshake { return passThroughAs(alice, front, back) }

func passThroughAs(c ntlmtest.Client, front, back *session) handshake {
	const via, target = "Via: 1.1 lb01", "/exchange/"
	h := handshake{}
	hop := func(fields ...string) {
		front.ask(target, fields...)
		back.forward(front, via, "X-Forwarded-For: "+front.From().Addr.String())
		front.relay(back)
	}
	hop(ntlm(c.Negotiate()))
	h.negotiate, h.challenge = front.sent, front.got
	c.SPN = "HTTP/" + front.host
	h.token = back.answer(c)
	hop(ntlm(h.token))
	h.authenticate, h.result = front.sent, front.got
	return h
}

// passedThrough is the finding for it.
func passedThrough(front, back *session, h handshake) finding {
	return finding{
		rule: "pass-through-proxy", severity: "info", confidence: "high",
		user: corpAlice, client: front.From().Host, servers: sites(front.site, back.site),
		evidence: frames(h.authenticate, back.sent),
	}
}

// balancer is a proxy at 10.9.0.100 for the farm www.corp.example.
func balancer() *site { return newSite("LB01", "www.corp.example", "10.9.0.100") }

// loadBalancerKeepsTheConnection: every connection of a client has one of its
// own behind it.
func loadBalancerKeepsTheConnection(s *stage) {
	lb, web := balancer(), web01()
	front, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	back.host = front.host
	h := passThrough(front, back)
	s.want(passedThrough(front, back, h))
	front.ask("/exchange/2")
	back.forward(front, "Via: 1.1 lb01")
	front.relay(back)
	front.Close()
	back.Close()
}

// twoUsersThroughOneProxy: alice and bob log on at the same time.
func twoUsersThroughOneProxy(s *stage) {
	lb, web := balancer(), web01()
	frontA, frontB := s.dial(pc1, lb), s.dial(pc2, lb)
	backA, backB := s.dial(lb.at.Host, web), s.dial(lb.at.Host, web)
	backA.host, backB.host = lb.DNSName, lb.DNSName
	a := passThrough(frontA, backA)
	s.want(passedThrough(frontA, backA, a))
	b := passThroughAs(bob, frontB, backB)
	f := passedThrough(frontB, backB, b)
	f.user = corpBob
	s.want(f)
	frontA.Close()
	backA.Close()
	frontB.Close()
	backB.Close()
}

// proxyInFrontOfOpenSite: a proxy that carries pages and no logon.
func proxyInFrontOfOpenSite(s *stage) {
	lb, web := balancer(), web01()
	lb.open, web.open = true, true
	front, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	front.ask("/news")
	back.forward(front, "Via: 1.1 lb01")
	front.relay(back)
	front.Close()
	back.Close()
}

// logonAtProxyAndServer: alice logs on to the proxy for one page, and to the
// server itself for another. These are two logons, each with its own challenge.
func logonAtProxyAndServer(s *stage) {
	squid, news, web := balancer(), mbx02(), web01()
	squid.proxy, news.open = true, true
	front, back := s.dial(pc1, squid), s.dial(squid.at.Host, news)
	front.host, back.host = "news.corp.example", "news.corp.example"
	const target = "http://news.corp.example/"
	front.begin("NTLM", alice, target)
	front.ask(target, toProxy(ntlm(front.answer(alice))))
	back.get("/", "Via: 1.1 proxy01")
	front.reply()
	direct := s.dial(pc1, web)
	direct.login(alice, "/reports")
	direct.Close()
	front.Close()
	back.Close()
}

// onlyTheFrontCaptured: of a proxied logon the capture holds the client's side
// alone.
func onlyTheFrontCaptured(s *stage) {
	lb, web := balancer(), web01()
	elsewhere := &stage{name: s.name, capture: capturetest.New()}
	front, back := s.dial(pc1, lb), elsewhere.dial(lb.at.Host, web)
	back.host = front.host
	passThrough(front, back)
	front.Close()
}

// otherPathOnce: a gateway that answers by another path than it is asked for,
// once: it may as well be a relay.
func otherPathOnce(s *stage) {
	lb, web := balancer(), web01()
	front, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	back.host = front.host
	carry := func(fields ...string) {
		front.ask("/orders/17", fields...)
		back.get("/orders.php?id=17", fields...)
		front.relay(back)
	}
	carry(ntlm(alice.Negotiate()))
	carry(ntlm(back.answer(alice)))
	s.want(finding{
		rule: "pass-through-proxy", severity: "info", confidence: "low",
		user: corpAlice, client: pc1, servers: sites(lb, web), evidence: frames(front.sent, back.sent),
	})
	front.Close()
	back.Close()
}
