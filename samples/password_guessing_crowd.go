package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

// people is how many people come from one address.
const people = 60

// person is one of them.
func person(i int) ntlmtest.Client {
	user := fmt.Sprintf("user%02d", i)
	return ntlmtest.Client{User: user, Domain: "CORP", Password: "Pass of " + user, Workstation: fmt.Sprintf("PC%02d", i)}
}

// crowdedSite is a site that knows all of them.
func crowdedSite() *site {
	web := web01()
	web.Users = ntlmtest.Directory{}
	for i := range people {
		web.Users[person(i).User] = person(i).Password
	}
	return web
}

// comes is one try of a person, right or wrong, over a connection from the
// address that all of them have.
func comes(s *stage, web *site, c ntlmtest.Client, right bool) handshake {
	if !right {
		c.Password = "mistyped"
	}
	x := s.dial(guesser, web)
	h := x.login(c, "/reports")
	x.Close()
	return h
}

func mistyped(web *site, c ntlmtest.Client, severity string, h handshake) finding {
	return finding{
		rule: "wrong-credentials", severity: severity, confidence: "medium",
		user: `CORP\` + c.User, client: guesser, servers: sites(web), evidence: frames(h.authenticate),
	}
}

// crowdMistypes: sixty people behind one address log on within five minutes.
// Every fifth mistypes the password, and types it anew.
func crowdMistypes(s *stage) {
	web := crowdedSite()
	for i := range people {
		if i%5 == 0 {
			s.want(mistyped(web, person(i), "low", comes(s, web, person(i), false)))
			s.capture.Wait(7 * time.Second)
		}
		comes(s, web, person(i), true)
		s.capture.Wait(3 * time.Second)
	}
}

// domainControllerIsAway: for a minute everybody is refused who was accepted
// before, and again later.
func domainControllerIsAway(s *stage) {
	web := crowdedSite()
	for i := range 12 {
		comes(s, web, person(i), true)
		s.capture.Wait(2 * time.Second)
	}
	for i := range 12 {
		s.want(mistyped(web, person(i), "low", comes(s, web, person(i), false)))
		s.capture.Wait(4 * time.Second)
	}
}

// guesserInACrowd: among sixty people who log on, one program tries twenty
// passwords for one account.
func guesserInACrowd(s *stage) {
	web := crowdedSite()
	target := alice
	for i := range people {
		comes(s, web, person(i), true)
		if i%3 == 0 {
			comes(s, web, target, false)
		}
		s.capture.Wait(3 * time.Second)
	}
	s.want(finding{
		rule: "password-guessing", severity: "high", confidence: "high",
		user: corpAlice, client: guesser, servers: sites(web),
	})
}

// guesserBehindAProxy: a reverse proxy names its clients. One of them tries ten
// names; among all the logons over the proxy these are few.
func guesserBehindAProxy(s *stage) {
	web := crowdedSite()
	web.service = web.DNSName
	for i := range 110 {
		x := s.dial(guesser, web)
		x.get("/", negotiate(ticket(web.DNSName)), fmt.Sprintf("X-Forwarded-For: 192.0.2.%d", 1+i))
		x.Close()
		if i%11 == 0 {
			c := person(i)
			c.User = fmt.Sprint("admin", i)
			x := s.dial(guesser, web)
			x.get("/", ntlm(c.Negotiate()), "X-Forwarded-For: 198.51.100.7:50123")
			x.get("/", ntlm(x.answer(c)), "X-Forwarded-For: 198.51.100.7:50123")
			x.Close()
		}
		s.capture.Wait(2 * time.Second)
	}
	s.want(finding{
		rule: "password-guessing", severity: "high", confidence: "medium",
		client: guesser, servers: sites(web),
	})
}
