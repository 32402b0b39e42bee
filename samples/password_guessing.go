package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var passwordGuessing = []story{
	{"hit-many-users", manyUsers},
	{"hit-one-user", oneUserManyPasswords},
	{"hit-one-account-in-a-crowd", guesserInACrowd},
	{"hit-behind-a-proxy", guesserBehindAProxy},
	{"hit-beside-a-loop", guesserBesideALoop},
	{"hit-many-users-at-a-proxy", manyUsersAtAProxy},
	{"miss-crowd-mistypes", crowdMistypes},
	{"miss-domain-controller-is-away", domainControllerIsAway},
	{"miss-forgotten-password", forgottenPassword},
	{"miss-many-users-log-on", manyUsersLogOn},
	{"miss-slow-service", serviceWithAnExpiredPassword},
	{"miss-captured-twice", refusalsCapturedTwice},
}

// guesser is where the guesses come from.
var guesser = capturetest.NewHost("10.9.0.66")

// guess is one refused logon.
func guess(s *stage, web *site, user, password string) handshake {
	x := s.dial(guesser, web)
	x.agent = "curl/8.5.0"
	h := x.login(ntlmtest.Client{User: user, Domain: "CORP", Password: password, Stack: ntlmtest.Curl}, "/owa/")
	x.Close()
	return h
}

// manyUsers: one password is tried with ten names.
func manyUsers(s *stage) {
	web := web01()
	for i := range 10 {
		guess(s, web, fmt.Sprint("user", i+1), "Spring2026!")
		s.capture.Wait(4 * time.Second)
	}
	s.want(finding{
		rule: "password-guessing", severity: "high", confidence: "high",
		client: guesser, servers: sites(web),
	})
}

// guesserBesideALoop: behind the same address a program of alice's keeps on with
// an old password at the proxy. That is what it is.
func guesserBesideALoop(s *stage) {
	p := strictProxy()
	client := alice
	client.Password = "Winter-2025"
	for i := range 4 {
		x := s.dial(guesser, p)
		x.host = "www.example.com"
		h := x.login(client, example)
		x.Close()
		s.capture.Wait(200 * time.Millisecond)
		if i == 2 {
			f := loop(p, h)
			f.client = guesser
			s.want(f)
		}
	}
	manyUsers(s)
}

// manyUsersAtAProxy: five names are tried at machine speed, each with three
// passwords, as a program would that keeps on with an old one.
func manyUsersAtAProxy(s *stage) {
	p := strictProxy()
	for i := range 5 {
		for n := range 3 {
			x := s.dial(guesser, p)
			x.host, x.agent = "www.example.com", "curl/8.5.0"
			x.login(ntlmtest.Client{User: fmt.Sprint("user", i+1), Domain: "CORP", Password: fmt.Sprint("Spring-", n), Stack: ntlmtest.Curl}, example)
			x.Close()
			s.capture.Wait(100 * time.Millisecond)
		}
	}
	s.want(finding{
		rule: "password-guessing", severity: "high", confidence: "high",
		client: guesser, servers: sites(p),
	})
}

// oneUserManyPasswords: twenty passwords are tried with alice's name.
func oneUserManyPasswords(s *stage) {
	web := web01().offering(withBasic...)
	x := s.dial(guesser, web)
	x.agent = "python-requests/2.31"
	for i := range 20 {
		client := alice
		client.Password = fmt.Sprint("Spring-20", 10+i*2+1)
		x.get("/owa/", basic(client))
		x.Wait(2 * time.Second)
	}
	x.Close()
	s.want(finding{
		rule: "password-guessing", severity: "high", confidence: "high",
		user: "alice", client: guesser, servers: sites(web),
	})
	f := cleartext(x, "alice")
	f.evidence = nil
	s.want(f)
}

// forgottenPassword: three tries, then alice remembers.
func forgottenPassword(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	for _, p := range []string{"Winter-2025", "winter-2025", "Spring-2025"} {
		client := alice
		client.Password = p
		x.login(client, "/reports")
		x.Wait(6 * time.Second)
	}
	x.login(alice, "/reports")
	x.Close()
	s.want(finding{
		rule: "wrong-credentials", severity: "medium", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(web),
	})
}

// manyUsersLogOn: a terminal server, where many people work.
func manyUsersLogOn(s *stage) {
	web := web01()
	for range 3 {
		for _, c := range []ntlmtest.Client{alice, bob, service} {
			x := s.dial(guesser, web)
			x.login(c, "/reports")
			x.Close()
		}
	}
}

// serviceWithAnExpiredPassword: a service tries its old password every two
// minutes, for ever.
func serviceWithAnExpiredPassword(s *stage) {
	web := web01()
	client := service
	client.Password = "the one before"
	for range 5 {
		x := s.dial(pc2, web)
		x.agent = "backup agent"
		x.login(client, "/backup")
		x.Close()
		x.Wait(2 * time.Minute)
	}
	s.want(finding{
		rule: "wrong-credentials", severity: "medium", confidence: "medium",
		user: `CORP\svc-web`, client: pc2, servers: sites(web),
	})
}

// refusalsCapturedTwice: five people mistype their password at a proxy that
// they share; a mirror port shows each packet twice.
func refusalsCapturedTwice(s *stage) {
	web := web01()
	for i := range 5 {
		user := fmt.Sprint("user", i+1)
		x := s.dial(guesser, web, capturetest.Mirrored(40, 1))
		h := x.login(ntlmtest.Client{User: user, Domain: "CORP", Password: "?", Stack: ntlmtest.Curl}, "/owa/")
		x.Close()
		s.want(finding{
			rule: "wrong-credentials", severity: "low", confidence: "medium",
			user: `CORP\` + user, client: guesser, servers: sites(web), evidence: frames(h.authenticate),
		})
	}
}
