package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var doubleHopIdentityChanged = []story{
	{"hit-service-account", serviceAccount},
	{"hit-machine-account-refused", machineAccountRefused},
	{"hit-page-is-not-there", otherPageIsNotThere},
	{"hit-second-try-accepted", secondTryAccepted},
	{"miss-same-user", sameUserAtTheBackEnd},
	{"miss-other-machine", otherMachineAtTheBackEnd},
	{"miss-cloned-names", clonedNames},
	{"miss-default-names", defaultNames},
	{"miss-names-behind-a-nat", namesBehindNAT},
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

// clonedNames: bob's machine and two others are copies of one disk, which was
// that of the front end. It is not the front end that asks for bob.
func clonedNames(s *stage) {
	clone := bob
	clone.Workstation = "WEB01"
	front := s.dial(pc1, web01())
	front.login(alice, "/reports")
	s.askFor(clone, capturetest.NewHost("10.9.0.12"))
	s.askFor(clone, capturetest.NewHost("10.9.0.13"))
	front.ask("/reports/mail")
	s.askFor(clone, pc2)
	front.reply()
	front.Close()
}

// defaultNames: a program on bob's machine gives no name, and the server is an
// appliance that nobody gave one either.
func defaultNames(s *stage) {
	web := newSite("LOCALHOST", "localhost.localdomain", "10.9.0.20")
	program := bob
	program.Workstation = "LOCALHOST"
	besideTheRequest(s, web, func() { s.askFor(program, pc2) })
}

// namesBehindNAT: several machines have one address, and one of them has the
// name of the front end.
func namesBehindNAT(s *stage) {
	named, unnamed := bob, bob
	named.Workstation, unnamed.Workstation = "WEB01", "PC-7"
	besideTheRequest(s, web01(), func() {
		s.askFor(unnamed, pc2)
		s.askFor(named, pc2)
		s.askFor(unnamed, pc2)
	})
}

// besideTheRequest lets others do something while alice waits for a site.
func besideTheRequest(s *stage, web *site, others func()) {
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	others()
	front.reply()
	front.Close()
}

// askFor lets a machine ask the back end for a user.
func (s *stage) askFor(c ntlmtest.Client, from capturetest.Host) {
	x := s.dial(from, mbx02())
	x.login(c, "/exchange/bob")
	x.Close()
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
