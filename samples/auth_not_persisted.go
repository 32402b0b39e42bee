package samples

import "time"

var authNotPersisted = []story{
	{"hit-logon-for-every-request", logonForEveryRequest},
	{"hit-forgotten-after-a-while", forgottenAfterAWhile},
	{"miss-ticket-for-each-request", ticketForEachRequest},
	{"miss-other-site-behind-the-proxy", otherSiteBehindTheProxy},
	{"miss-kept-alive", keptAlive},
	{"miss-new-connection", logonOnEachConnection},
	{"miss-refusal-of-the-back-end", refusalOfTheBackEnd},
	{"miss-page-denied", accessDeniedAfterLogon},
	{"miss-credentials-lost", secondLogonLost},
}

func notPersisted(x *session) finding {
	return finding{
		rule: "auth-not-persisted", severity: "low",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// logonForEveryRequest: the server counts a logon for one request
// (authPersistSingleRequest).
func logonForEveryRequest(s *stage) {
	web := web01()
	web.perRequest, web.mute = true, true
	x := s.dial(pc1, web)
	x.login(alice, "/reports")
	x.get("/reports/2")
	s.want(notPersisted(x))
	x.login(alice, "/reports/2")
	x.Close()
}

// forgottenAfterAWhile: the server forgets alice after a quarter of an hour.
func forgottenAfterAWhile(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/reports")
	x.get("/reports/2")
	x.Wait(60 * time.Second).KeepAlive()
	x.Wait(14 * time.Minute)
	x.logon = logon{}
	x.get("/reports/3")
	s.want(notPersisted(x))
	x.login(alice, "/reports/3")
	x.Close()
}

// refusalOfTheBackEnd: the front end still knows alice. It passes her next
// request on without credentials, as a reverse proxy does, and the refusal back.
func refusalOfTheBackEnd(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/mail")
	back := s.dial(web.at.Host, mbx02())
	back.forward(front)
	front.relay(back)
	front.get("/reports/2")
	back.Close()
	front.Close()
	s.want(finding{
		rule: "double-hop-no-credentials", severity: "medium",
		user: corpAlice, client: pc1, servers: sites(web, back.site),
	})
}

// keptAlive: one logon serves all requests.
func keptAlive(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	x.login(alice, "/reports")
	for range 4 {
		x.Wait(45 * time.Second).KeepAlive()
		x.get("/reports/2")
	}
	x.Close()
}

// logonOnEachConnection: a new connection knows nobody.
func logonOnEachConnection(s *stage) {
	web := web01()
	for range 2 {
		x := s.dial(pc1, web)
		x.get("/reports")
		x.login(alice, "/reports")
		x.Close()
	}
}

// secondLogonLost: the client begins a second logon by itself; of its request
// the capture has only the answer.
func secondLogonLost(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/reports")
	x.Lose(1)
	x.begin("NTLM", alice, "/payroll")
	x.get("/payroll", ntlm(x.answer(alice)))
	x.Close()
	s.want(incomplete())
}

// ticketForEachRequest: Kerberos authenticates a request, and the server asks
// for each.
func ticketForEachRequest(s *stage) {
	web := web01()
	web.perRequest, web.mute, web.service = true, true, web01().DNSName
	x := s.dial(pc1, web)
	for range 3 {
		x.get("/reports")
		x.present("Negotiate", "/reports", ticket(web.DNSName))
	}
	x.Close()
}

// otherSiteBehindTheProxy: a connection to a forward proxy leads to one site
// after the other, and each has its own logon.
func otherSiteBehindTheProxy(s *stage) {
	p := proxy01()
	front := web01()
	front.at = p.at
	x := s.dial(pc1, front)
	x.login(alice, "http://web01.corp.example/reports")
	other := mbx02()
	other.at = p.at
	y := *x
	y.site, y.host, y.logon = other, other.DNSName, logon{}
	y.get("http://mbx02.corp.example/exchange")
	y.Close()
}
