package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var loopbackCheck = []story{
	{"hit-alias", aliasOfOnesOwn},
	{"hit-others-get-in", aliasWorksForOthers},
	{"hit-local-call-refused", localCallRefused},
	{"miss-own-name", mistypedAtTheServer},
	{"miss-alias-that-works", aliasThatWorks},
	{"miss-proxy-on-the-machine", proxyOnTheMachine},
	{"miss-crowd-of-agents", crowdOfAgents},
}

// reports is what people call a site of WEB01.
const reports = "reports.corp.example"

// atWEB01 is alice at the console of WEB01.
func atWEB01() ntlmtest.Client {
	c := alice
	c.Workstation = "WEB01"
	return c
}

// refusedLogon is a handshake that the site refuses, whatever the password.
func (x *session) refusedLogon(c ntlmtest.Client, target string) handshake {
	h := handshake{}
	h.negotiate, h.challenge = x.begin("NTLM", c, target)
	x.ask(target, ntlm(x.answer(c))).respond(x.site.refuse())
	h.authenticate, h.result = x.sent, x.got
	return h
}

func loopedBack(x *session, h handshake, confidence string) finding {
	return finding{
		rule: "loopback-check", severity: "medium", confidence: confidence,
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(h.challenge, h.authenticate, h.result),
	}
}

// aliasOfOnesOwn: on WEB01 itself its site does not open under the name that
// everybody uses.
func aliasOfOnesOwn(s *stage) {
	web := web01()
	for i := range 3 {
		x := s.dial(web.at.Host, web)
		x.host = reports
		h := x.refusedLogon(atWEB01(), "/reportserver")
		if i == 0 {
			s.want(loopedBack(x, h, "medium"))
		}
		x.Close()
		s.capture.Wait(time.Second)
	}
}

// aliasWorksForOthers: from her own machine alice gets in.
func aliasWorksForOthers(s *stage) {
	web := web01()
	a := s.dial(pc1, web)
	a.host = reports
	a.login(alice, "/reportserver")
	a.Close()
	x := s.dial(web.at.Host, web)
	x.host = reports
	s.want(loopedBack(x, x.refusedLogon(atWEB01(), "/reportserver"), "high"))
	x.Close()
}

// localCallRefused: the server sees that it is called by itself, and refuses.
func localCallRefused(s *stage) {
	web := web01()
	web.Local = true
	client := atWEB01()
	client.Response = localCall
	x := s.dial(web.at.Host, web)
	h := x.refusedLogon(client, "/")
	f := loopedBack(x, h, "medium")
	f.user = ""
	s.want(f)
	x.Close()
}

// refusedAs is the finding of a wrong password.
func refusedAs(x *session, h handshake) finding {
	return finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(h.authenticate, h.result),
	}
}

// mistypedAtTheServer: a wrong password, by the server's own name.
func mistypedAtTheServer(s *stage) {
	web := web01()
	for _, host := range []string{web.DNSName, "localhost"} {
		x := s.dial(web.at.Host, web)
		x.host = host
		h := x.refusedLogon(atWEB01(), "/")
		x.Close()
		if host == web.DNSName {
			s.want(refusedAs(x, h))
		}
	}
}

// aliasThatWorks: the name is in BackConnectionHostNames; alice mistyped her
// password, and gets in with the next try.
func aliasThatWorks(s *stage) {
	x := s.dial(web01().at.Host, web01())
	x.host = reports
	s.want(refusedAs(x, x.refusedLogon(atWEB01(), "/reportserver")))
	x.Wait(5 * time.Second)
	x.login(atWEB01(), "/reportserver")
	x.Close()
}

// proxyOnTheMachine: people elsewhere come through a proxy on the server's own
// machine, and alice mistypes.
func proxyOnTheMachine(s *stage) {
	x := s.dial(web01().at.Host, web01(), capturetest.FromPort(40001))
	x.host = reports
	s.want(refusedAs(x, x.refusedLogon(alice, "/")))
	x.Close()
}

// crowdOfAgents: on WEB01 a crawler, a monitor and tasks call its sites all the
// time, by the alias too, and get in; people mistype from their machines.
func crowdOfAgents(s *stage) {
	web := web01()
	for i := range 6 {
		agent := service
		x := s.dial(web.at.Host, web)
		if i%2 == 0 {
			x.host = reports
		}
		x.login(agent, "/sites/crawl")
		x.Close()
	}
	local := web01()
	local.Local = true
	client := atWEB01()
	client.Response = localCall
	y := s.dial(local.at.Host, local)
	y.host = reports
	y.login(client, "/status")
	y.Close()
	z := s.dial(pc1, web)
	z.host = reports
	s.want(refusedAs(z, z.refusedLogon(alice, "/")))
	z.Close()
}
