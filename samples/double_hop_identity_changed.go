package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest"
)

var doubleHopIdentityChanged = []story{
	{"hit-service-account", serviceAccount},
	{"hit-machine-account-refused", machineAccountRefused},
	{"hit-page-is-not-there", otherPageIsNotThere},
	{"hit-second-try-accepted", secondTryAccepted},
	{"miss-same-user", sameUserAtTheBackEnd},
	{"miss-other-machine", otherMachineAtTheBackEnd},
	{"miss-no-user-at-the-front", noUserAtTheFront},
	{"miss-first-hop-began-earlier", firstHopBeganEarlier},
}

// otherIdentity is the finding for a front end that has the back end's leave
// under a name of its own.
func otherIdentity(front, back *session, h handshake) finding {
	f := identityChanged(front, back, corpAlice)
	f.evidence = frames(h.authenticate, h.result)
	return f
}

// serviceAccount: the page asks the back end with the account of the
// application, as most do.
func serviceAccount(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	h := back.login(service, "/exchange/alice")
	front.reply()
	back.Close()
	front.Close()
	s.want(otherIdentity(front, back, h))
}

// machineAccountRefused: the application runs as the machine, and the back end
// has nothing for that account.
func machineAccountRefused(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	h := handshake{}
	back.begin("NTLM", machine, "/exchange/alice")
	back.ask("/exchange/alice", ntlm(back.answer(machine)))
	back.fail(http.StatusForbidden)
	h.authenticate, h.result = back.sent, back.got
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	f := otherIdentity(front, back, h)
	f.severity, f.confidence = "medium", "high"
	s.want(f)
}

// sameUserAtTheBackEnd: the page knows alice's password from its form, and
// logs on as alice.
func sameUserAtTheBackEnd(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	onWEB01 := alice
	onWEB01.Workstation = "WEB01"
	back.login(onWEB01, "/exchange/alice")
	front.reply()
	back.Close()
	front.Close()
}

// otherMachineAtTheBackEnd: while alice waits, bob's machine asks the back
// end. That has nothing to do with her.
func otherMachineAtTheBackEnd(s *stage) {
	front := s.dial(pc1, web01())
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	other := s.dial(pc2, mbx02())
	other.login(bob, "/exchange/bob")
	front.reply()
	other.Close()
	front.Close()
}

// noUserAtTheFront: the front end asks nobody to log on, so nobody's identity
// is lost.
func noUserAtTheFront(s *stage) {
	web := web01()
	web.open = true
	front := s.dial(pc1, web)
	front.ask("/news")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 news"
	back.login(service, "/exchange/news")
	front.reply()
	back.Close()
	front.Close()
}

// firstHopBeganEarlier: alice logged on before the capture began. It cannot be
// told whose request the front end serves.
func firstHopBeganEarlier(s *stage) {
	web := web01()
	unseen := &stage{name: s.name, capture: capturetest.New()}
	early := unseen.dial(pc1, web)
	early.login(alice, "/reports")
	front := s.dial(pc1, web, capturetest.Midstream())
	front.logon = early.logon
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.login(service, "/exchange/alice")
	front.reply()
	back.Close()
	front.Close()
}

// otherPageIsNotThere: the back end accepts the account of the application and
// has no such page. That is a fact about the second hop, and no trouble.
func otherPageIsNotThere(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	h := handshake{}
	back.begin("NTLM", service, "/exchange/alice")
	back.ask("/exchange/alice", ntlm(back.answer(service)))
	back.fail(http.StatusNotFound)
	h.authenticate, h.result = back.sent, back.got
	front.fail(http.StatusNotFound)
	back.Close()
	front.Close()
	s.want(otherIdentity(front, back, h))
}

// secondTryAccepted: the machine account is refused, the service account is
// accepted for the same request; alice's page fails for another reason.
func secondTryAccepted(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	old := machine
	old.Password = "the one before"
	refused := back.login(old, "/exchange/alice")
	h := back.login(service, "/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(otherIdentity(front, back, h))
	s.want(otherIdentity(front, back, refused))
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: `CORP\WEB01$`, client: web.at.Host, servers: sites(back.site), evidence: frames(refused.authenticate),
	})
}
