package samples

import (
	"encoding/base64"
	"net/http"

	"ntlmtrace/capture/capturetest"
)

var ntlmRelay = []story{
	{"hit-other-site", relayToAnotherSite},
	{"hit-mic-removed", relayWithoutMIC},
	{"miss-reverse-proxy", reverseProxyRewritesHost},
	{"miss-two-users", twoUsersThroughOneProxy},
	{"miss-one-side-captured", onlyTheVictimCaptured},
}

// evil is the machine of somebody who waits for clients that log on without
// asking their user.
func evil() *site { return newSite("PRINT7", "print7", "10.9.0.66") }

// relayed is a relay attack: alice's machine logs on to evil, which logs on to
// web as alice. change is what evil makes of her token.
func relayed(s *stage, web *site, change func([]byte) []byte) {
	trap := evil()
	victim, attack := s.dial(pc1, trap), s.dial(trap.at.Host, web)
	attack.agent = "python-requests/2.31"
	victim.get("/share/logo.png")
	victim.ask("/share/logo.png", ntlm(alice.Negotiate()))
	attack.get("/admin/users", victim.fields...)
	victim.respond(verdict{
		status: http.StatusUnauthorized, body: 20,
		fields: []string{"WWW-Authenticate: NTLM " + base64.StdEncoding.EncodeToString(attack.logon.challenge)},
	})
	client := alice
	client.SPN = "HTTP/" + victim.host
	token := client.Authenticate(attack.logon.negotiate, attack.logon.challenge)
	victim.ask("/share/logo.png", ntlm(token))
	attack.get("/admin/users", ntlm(change(token)))
	s.want(finding{
		rule: "ntlm-relay", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(trap, web),
		evidence: frames(victim.sent, attack.sent, attack.got),
	})
	victim.respond(verdict{status: http.StatusNotFound, body: 20})
	attack.get("/admin/users/new")
	victim.Close()
	attack.Close()
}

// relayToAnotherSite: the token goes on as it is.
func relayToAnotherSite(s *stage) {
	relayed(s, web01(), func(token []byte) []byte { return token })
}

// relayWithoutMIC: the attacker removes the proof that nothing was changed, and
// the server does not miss it.
func relayWithoutMIC(s *stage) {
	web := web01()
	web.IgnoresMIC = true
	relayed(s, web, func(token []byte) []byte {
		changed := append([]byte(nil), token...)
		clear(changed[72:88])
		return changed
	})
	s.want(finding{
		rule: "mic-missing", severity: "medium", confidence: "medium",
		user: corpAlice, client: evil().at.Host, servers: sites(web),
	})
}

// reverseProxyRewritesHost: an honest proxy that calls the server by its inner
// name.
func reverseProxyRewritesHost(s *stage) {
	lb, web := balancer(), web01()
	front, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	s.want(passedThrough(front, back, passThrough(front, back)))
	front.Close()
	back.Close()
}

// onlyTheVictimCaptured: of the relay only the victim's side is seen, which is
// a logon that came to nothing.
func onlyTheVictimCaptured(s *stage) {
	unseen := &stage{name: s.name, capture: capturetest.New()}
	trap := evil()
	victim, attack := s.dial(pc1, trap), unseen.dial(trap.at.Host, web01())
	victim.ask("/share/logo.png", ntlm(alice.Negotiate()))
	attack.get("/", victim.fields...)
	victim.relay(attack)
	client := alice
	client.SPN = "HTTP/" + victim.host
	victim.ask("/share/logo.png", ntlm(client.Authenticate(attack.logon.negotiate, attack.logon.challenge)))
	victim.respond(verdict{status: http.StatusNotFound, body: 20})
	victim.Close()
}
