package samples

import "time"

var authNotPersisted = []story{
	{"hit-logon-for-every-request", logonForEveryRequest},
	{"hit-forgotten-after-a-while", forgottenAfterAWhile},
	{"miss-kept-alive", keptAlive},
	{"miss-new-connection", logonOnEachConnection},
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
