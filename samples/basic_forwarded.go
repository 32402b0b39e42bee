package samples

import "net/http"

var basicForwarded = []story{
	{"hit-page-asks-the-back-end", pageAsksTheBackEnd},
	{"hit-reverse-proxy", reverseProxyWithBasic},
	{"miss-same-person-at-both", samePersonAtBoth},
	{"miss-service-has-its-own-password", serviceHasItsOwnPassword},
	{"miss-back-end-refuses", backEndRefusesBasic},
	{"miss-first-hop-lost", firstHopLost},
}

// pageAsksTheBackEnd: a page of the front end logs on to the back end with the
// password that alice gave it.
func pageAsksTheBackEnd(s *stage) {
	web, mbx := web01().offering(withBasic...), mbx02().offering(withBasic...)
	front := s.dial(pc1, web)
	front.get("/inbox")
	front.ask("/inbox", basic(alice))
	back := s.dial(web.at.Host, mbx)
	back.get("/exchange/alice", basic(alice))
	front.reply()
	back.Close()
	front.Close()
	s.want(basicForwardedFinding(front, back))
	s.want(cleartext(front, "alice"))
	s.want(cleartext(back, "alice"))
}

// reverseProxyWithBasic: a reverse proxy that asks for no logon itself passes
// the field on.
func reverseProxyWithBasic(s *stage) {
	web, mbx := web01(), mbx02().offering(withBasic...)
	front, back := s.dial(pc1, web), s.dial(web.at.Host, mbx)
	front.ask("/inbox")
	back.forward(front, "Via: 1.1 web01")
	front.relay(back)
	front.ask("/inbox", basic(alice))
	back.forward(front, "Via: 1.1 web01")
	front.relay(back)
	back.Close()
	front.Close()
	s.want(basicForwardedFinding(front, back))
	s.want(cleartext(front, "alice"))
	s.want(cleartext(back, "alice"))
}

// samePersonAtBoth: alice logs on to both servers herself.
func samePersonAtBoth(s *stage) {
	a := s.dial(pc1, web01().offering(withBasic...))
	b := s.dial(pc1, mbx02().offering(withBasic...))
	a.get("/inbox", basic(alice))
	b.get("/exchange/alice", basic(alice))
	a.Close()
	b.Close()
	s.want(cleartext(a, "alice"))
	s.want(cleartext(b, "alice"))
}

// serviceHasItsOwnPassword: the front end has an account of its own.
func serviceHasItsOwnPassword(s *stage) {
	web, mbx := web01().offering(withBasic...), mbx02().offering(withBasic...)
	front := s.dial(pc1, web)
	front.ask("/inbox", basic(alice))
	back := s.dial(web.at.Host, mbx)
	back.get("/exchange/alice", basic(service))
	front.reply()
	back.Close()
	front.Close()
	s.want(cleartext(front, "alice"))
	s.want(cleartext(back, "svc-web"))
	s.want(identityChanged(front, back, "alice"))
}

// identityChanged is the finding for a front end that asks the back end under
// another name than its client's.
func identityChanged(front, back *session, user string) finding {
	return finding{
		rule: "double-hop-identity-changed", severity: "info", confidence: "medium",
		user: user, client: front.From().Host, servers: sites(front.site, back.site),
		evidence: frames(back.sent, back.got),
	}
}

// backEndRefusesBasic: the front end takes alice's word for it; the back end
// does not know that password.
func backEndRefusesBasic(s *stage) {
	web, mbx := web01().offering(withBasic...), mbx02().offering(withBasic...)
	mbx.Users = nil
	front := s.dial(pc1, web)
	front.ask("/inbox", basic(alice))
	back := s.dial(web.at.Host, mbx)
	back.get("/exchange/alice", basic(alice))
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(cleartext(front, "alice"))
	s.want(cleartext(back, "alice"))
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: "alice", client: web.at.Host, servers: sites(mbx), evidence: frames(back.sent, back.got),
	})
}

// firstHopLost: the capture has lost the request with which alice logged on, so
// nobody knows whose password the front end uses.
func firstHopLost(s *stage) {
	web, mbx := web01().offering(withBasic...), mbx02().offering(withBasic...)
	front := s.dial(pc1, web)
	front.get("/inbox")
	front.Lose(1)
	front.ask("/inbox", basic(alice))
	back := s.dial(web.at.Host, mbx)
	back.get("/exchange/alice", basic(alice))
	front.reply()
	back.Close()
	front.Close()
	s.want(cleartext(back, "alice"))
	s.want(incomplete())
}
