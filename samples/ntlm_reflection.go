package samples

import (
	"encoding/base64"
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
)

var ntlmReflection = []story{
	{"hit-local-call-from-elsewhere", localCallFromElsewhere},
	{"hit-came-back", cameBack},
	{"hit-marshalled-name", marshalledName},
	{"miss-local-call", responseOfLocalCall},
	{"miss-through-a-proxy", callsItselfThroughProxy},
	{"miss-crowd-behind-a-balancer", callsItselfBehindBalancer},
	{"miss-relay-to-another", relayToAnotherSite},
}

// localCallFromElsewhere: WEB01 takes the logon of another machine for its own.
func localCallFromElsewhere(s *stage) {
	web := web01()
	web.Local = true
	client := alice
	client.Response = localCall
	x := s.dial(evil().at.Host, web)
	h := x.login(client, "/admin")
	s.want(finding{
		rule: "ntlm-reflection", severity: "high", confidence: "medium",
		client: evil().at.Host, servers: sites(web), evidence: frames(h.challenge, h.authenticate, h.result),
	})
	x.Close()
}

// cameBack: a service on WEB01 is made to log on to PRINT7, which logs on to
// WEB01 with that.
func cameBack(s *stage) {
	trap, web := evil(), web01()
	victim, attack := s.dial(web.at.Host, trap), s.dial(trap.at.Host, web)
	attack.agent = "python-requests/2.31"
	victim.ask("/share/logo.png", ntlm(machine.Negotiate()))
	attack.get("/admin/users", victim.fields...)
	victim.respond(verdict{
		status: http.StatusUnauthorized, body: 20,
		fields: []string{"WWW-Authenticate: NTLM " + base64.StdEncoding.EncodeToString(attack.logon.challenge)},
	})
	client := machine
	client.SPN = "HTTP/" + victim.host
	token := client.Authenticate(attack.logon.negotiate, attack.logon.challenge)
	victim.ask("/share/logo.png", ntlm(token))
	attack.get("/admin/users", ntlm(token))
	s.want(finding{
		rule: "ntlm-reflection", severity: "high", confidence: "high",
		user: `CORP\WEB01$`, client: web.at.Host, servers: sites(trap, web),
		evidence: frames(victim.sent, attack.sent, attack.got),
	})
	victim.respond(verdict{status: http.StatusNotFound, body: 20})
	attack.get("/admin/users/new")
	victim.Close()
	attack.Close()
}

// marshalledName: alice's machine goes to a name that somebody registered as a
// trap.
func marshalledName(s *stage) {
	x := s.dial(pc1, evil())
	x.host = "web011uwhrcaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaawbeaybaaaa.corp.example"
	h := x.login(alice, "/")
	s.want(finding{
		rule: "ntlm-reflection", severity: "medium", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(h.authenticate),
	})
	x.Close()
}

// callsItselfThroughProxy: WEB01 calls its site by the name of the balancer,
// which passes the logon on to WEB01.
func callsItselfThroughProxy(s *stage) {
	lb, web := balancer(), web01()
	web.Local = true
	client := machine
	client.Response = localCall
	front, back := s.dial(web.at.Host, lb), s.dial(lb.at.Host, web)
	back.host = front.host
	passThroughAs(client, front, back)
	front.Close()
	back.Close()
}

// callsItselfBehindBalancer: of a balancer that passes packets on with its own
// address only the side to WEB01 is captured: people from many machines log on,
// and WEB01 itself.
func callsItselfBehindBalancer(s *stage) {
	lb, web, local := balancer(), web01(), web01()
	local.Local = true
	for i := range 3 {
		a, b := s.dial(lb.at.Host, web), s.dial(lb.at.Host, web)
		a.login(alice, "/reports")
		b.login(bob, "/reports")
		a.Close()
		b.Close()
		s.capture.Wait(time.Second)
		client := machine
		client.Response = localCall
		x := s.dial(lb.at.Host, local, capturetest.FromPort(uint16(30000+i)))
		x.login(client, "/status")
		x.Close()
	}
}
