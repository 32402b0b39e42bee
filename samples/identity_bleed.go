package samples

import (
	"fmt"

	"ntlmtrace/capture/capturetest"
)

var identityBleed = []story{
	{"hit-forwarded-for-changes", forwardedForChanges},
	{"hit-shared-connection-behind-a-proxy", sharedConnectionBehindAProxy},
	{"hit-front-request-tells", frontRequestTells},
	{"hit-behind-a-forward-proxy", bleedBehindAForwardProxy},
	{"miss-portal-with-a-service-account", portalWithAServiceAccount},
	{"miss-one-client-written-many-ways", oneClientWrittenManyWays},
	{"miss-one-client", oneClientBehindTheProxy},
	{"miss-connection-for-each-user", connectionForEachUser},
	{"miss-no-logon-on-the-connection", noLogonOnTheConnection},
	{"miss-logon-lost", logonLost},
}

const (
	forAlice = "X-Forwarded-For: 10.9.0.10"
	forBob   = "X-Forwarded-For: 10.9.0.11"
)

// forwardedForChanges: the balancer sends bob's request over the connection on
// which alice has logged on. He gets her page.
func forwardedForChanges(s *stage) {
	back := s.dial(balancer().at.Host, web01())
	back.host = "www.corp.example"
	back.get("/inbox", forAlice, ntlm(alice.Negotiate()))
	back.get("/inbox", forAlice, ntlm(back.answer(alice)))
	result := back.got
	back.get("/inbox", forBob)
	back.Close()
	s.want(finding{
		rule: "identity-bleed", severity: "high", confidence: "high",
		user: corpAlice, client: back.From().Host, servers: sites(back.site), evidence: frames(result, back.sent),
	})
}

// sharedConnectionBehindAProxy: the same with a proxy that names nobody; both
// its sides are captured, and show whose request it was.
func sharedConnectionBehindAProxy(s *stage) {
	lb, web := balancer(), web01()
	a, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	back.host = lb.DNSName
	carry := func(front *session, target string, fields ...string) {
		front.ask(target, fields...)
		back.forward(front)
		front.relay(back)
	}
	carry(a, "/inbox", ntlm(alice.Negotiate()))
	challenge := a.got
	carry(a, "/inbox", ntlm(back.answer(alice)))
	h := handshake{challenge: challenge, authenticate: a.sent, result: back.got}
	s.want(passedThrough(a, back, h))

	b := s.dial(pc2, lb)
	b.agent = "Mozilla/5.0 (Macintosh) Safari/605.1"
	carry(b, "/inbox")
	s.want(finding{
		rule: "identity-bleed", severity: "high", confidence: "medium",
		user: corpAlice, client: lb.at.Host, servers: sites(web), evidence: frames(h.result, back.sent),
	})
	a.Close()
	b.Close()
	back.Close()
}

// bleedBehindAForwardProxy: alice reaches the balancer through a forward proxy,
// bob does not. The balancer names nobody, and sends bob's request over the
// connection on which she has logged on.
func bleedBehindAForwardProxy(s *stage) {
	squid, lb, web := forwardProxy(), balancer(), web01()
	a, middle, back := s.dial(pc1, squid), s.dial(squid.at.Host, lb), s.dial(lb.at.Host, web)
	a.host, back.host = lb.DNSName, lb.DNSName
	carry := func(field string) {
		a.ask("http://"+lb.DNSName+"/inbox", field)
		middle.agent = a.agent
		middle.ask("/inbox", field, "Via: 1.1 proxy01")
		back.forward(middle)
		middle.relay(back)
		a.relay(back)
	}
	carry(ntlm(alice.Negotiate()))
	carry(ntlm(back.answer(alice)))
	for _, w := range []struct{ front, back *session }{{a, middle}, {middle, back}} {
		s.want(finding{
			rule: "pass-through-proxy", severity: "info", confidence: "high",
			user: corpAlice, client: w.front.From().Host, servers: sites(w.front.site, w.back.site), evidence: frames(w.front.sent, w.back.sent),
		})
	}
	b, result := s.dial(pc2, lb), back.got
	b.ask("/inbox/2")
	back.forward(b)
	b.relay(back)
	s.want(finding{
		rule: "identity-bleed", severity: "high", confidence: "medium",
		user: corpAlice, client: lb.at.Host, servers: sites(web), evidence: frames(result, b.sent, back.sent),
	})
	for _, x := range []*session{a, middle, b, back} {
		x.Close()
	}
}

// oneClientBehindTheProxy: all requests on the connection are alice's; the
// proxy in front of this one adds itself to the list.
func oneClientBehindTheProxy(s *stage) {
	back := s.dial(balancer().at.Host, web01())
	back.host = "www.corp.example"
	back.get("/inbox", forAlice, ntlm(alice.Negotiate()))
	back.get("/inbox", forAlice, ntlm(back.answer(alice)))
	back.get("/inbox/2", forAlice)
	back.get("/inbox/3", forAlice+", 10.9.0.99")
	back.Close()
}

// connectionForEachUser: bob has a connection of his own.
func connectionForEachUser(s *stage) {
	lb, web := balancer().at.Host, web01()
	a, b := s.dial(lb, web), s.dial(lb, web)
	a.get("/inbox", forAlice, ntlm(alice.Negotiate()))
	a.get("/inbox", forAlice, ntlm(a.answer(alice)))
	b.get("/inbox", forBob, ntlm(bob.Negotiate()))
	b.get("/inbox", forBob, ntlm(b.answer(bob)))
	a.get("/inbox/2", forAlice)
	b.get("/inbox/2", forBob)
	a.Close()
	b.Close()
}

// noLogonOnTheConnection: the balancer shares its connection among clients of a
// site that knows nobody.
func noLogonOnTheConnection(s *stage) {
	web := web01()
	web.open = true
	back := s.dial(balancer().at.Host, web)
	back.get("/news", forAlice)
	back.get("/news", forBob)
	back.Close()
}

// logonLost: the capture begins on a connection that is long in use.
func logonLost(s *stage) {
	unseen := &stage{name: s.name, capture: capturetest.New()}
	early := unseen.dial(balancer().at.Host, web01())
	early.login(alice, "/inbox")
	back := s.dial(balancer().at.Host, early.site, capturetest.Midstream())
	back.logon = early.logon
	back.get("/inbox/2", forAlice)
	back.get("/inbox/3", forAlice)
	back.Close()
}

// frontRequestTells: the proxy names nobody, and both browsers are alike. The
// request of bob at the proxy, where he has not logged on, shows whose it was.
func frontRequestTells(s *stage) {
	lb, web := balancer(), web01()
	a, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	back.host = lb.DNSName
	a.ask("/inbox", ntlm(alice.Negotiate()))
	back.forward(a)
	a.relay(back)
	challenge := a.got
	a.ask("/inbox", ntlm(back.answer(alice)))
	back.forward(a)
	a.relay(back)
	h := handshake{challenge: challenge, authenticate: a.sent, result: back.got}
	s.want(passedThrough(a, back, h))
	b := s.dial(pc2, lb)
	b.ask("/inbox/bob")
	back.forward(b)
	b.relay(back)
	s.want(finding{
		rule: "identity-bleed", severity: "high", confidence: "medium",
		user: corpAlice, client: lb.at.Host, servers: sites(web), evidence: frames(h.result, b.sent, back.sent),
	})
	a.Close()
	b.Close()
	back.Close()
}

// portalWithAServiceAccount: the front end knows its users by a cookie, and logs
// on to the server with an account of its own. What they ask it is captured.
func portalWithAServiceAccount(s *stage) {
	portal, web := balancer(), web01()
	portal.open = true
	back := s.dial(portal.at.Host, web)
	svc := service
	svc.Workstation = "LB01"
	for i := range 8 {
		from := fmt.Sprintf("10.9.0.%d", 10+i)
		front := s.dial(capturetest.NewHost(from), portal)
		front.ask("/crm", "Cookie: session="+from)
		if i == 0 {
			back.get("/crm", "X-Forwarded-For: "+from, ntlm(svc.Negotiate()))
			back.get("/crm", "X-Forwarded-For: "+from, ntlm(back.answer(svc)))
		} else {
			back.get("/crm", "X-Forwarded-For: "+from)
		}
		front.relay(back)
		front.Close()
	}
	back.Close()
}

// oneClientWrittenManyWays: the same client, as one proxy and another write it.
func oneClientWrittenManyWays(s *stage) {
	back := s.dial(balancer().at.Host, web01())
	back.host = "www.corp.example"
	back.get("/inbox", forAlice, ntlm(alice.Negotiate()))
	back.get("/inbox", forAlice, ntlm(back.answer(alice)))
	back.get("/inbox/2", forAlice+":50112")
	back.get("/inbox/3", "X-Forwarded-For: ::ffff:10.9.0.10, 10.9.0.99")
	back.get("/inbox/4", "X-Forwarded-For: [::ffff:10.9.0.10]:4711")
	back.get("/inbox/5", "Forwarded: for=_hidden;proto=http")
	back.Close()
}
