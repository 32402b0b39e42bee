package samples

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
)

var ntlmRelay = []story{
	{"hit-other-site", relayToAnotherSite},
	{"hit-mic-removed", relayWithoutMIC},
	{"hit-the-victims-path", relayWithTheVictimsPath},
	{"hit-after-an-encrypted-visit", relayAfterAnEncryptedVisit},
	{"miss-crowd-through-a-proxy", crowdThroughOneProxy},
	{"miss-encrypted-front", encryptedFront},
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

// relayWithTheVictimsPath: the attacker asks the server for what the victim
// asked it for, and bears the marks of a proxy. What it asks for later, nobody
// asked it for.
func relayWithTheVictimsPath(s *stage) { relayedLater(s, func() {}) }

func relayedLater(s *stage, meanwhile func()) {
	trap, web := evil(), web01()
	victim, attack := s.dial(pc1, trap), s.dial(trap.at.Host, web)
	passThrough(victim, attack)
	meanwhile()
	s.capture.Wait(3 * time.Second)
	attack.fields = nil
	attack.get("/admin/users")
	s.want(finding{
		rule: "ntlm-relay", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(trap, web), evidence: frames(attack.sent, attack.got),
	})
	victim.Close()
	attack.Close()
}

// encrypted is a TLS connection to a machine, with as much of it as shows what
// it is.
func encrypted(s *stage, from capturetest.Host, to *site) *capturetest.Conn {
	x := s.capture.Dial(from, to.at.Host.At(443))
	x.Client("\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03" + strings.Repeat("r", 39))
	x.Server("\x16\x03\x03\x00\x2e\x02\x00\x00\x2a\x03\x03" + strings.Repeat("s", 39))
	s.want(incomplete())
	return x
}

// encryptedFront: alice logs on through a proxy, and goes on there with TLS.
// What she asks it for then is not to be seen, but for what it asks the server.
func encryptedFront(s *stage) {
	lb, web := balancer(), web01()
	front, back := s.dial(pc1, lb), s.dial(lb.at.Host, web)
	s.want(passedThrough(front, back, passThrough(front, back)))
	secure := encrypted(s, pc1, lb)
	s.capture.Wait(3 * time.Second)
	secure.Client("\x17\x03\x03\x00\x40" + strings.Repeat("q", 64))
	back.fields = nil
	back.get("/exchange/inbox")
	secure.Server("\x17\x03\x03\x00\x40" + strings.Repeat("a", 64))
	secure.Close()
	front.Close()
	back.Close()
}

// relayAfterAnEncryptedVisit: somebody has visited the attacker's machine with
// TLS, which is over when that asks for what nobody asked it for.
func relayAfterAnEncryptedVisit(s *stage) {
	relayedLater(s, func() {
		encrypted(s, pc2, evil()).Close()
		s.capture.Wait(10 * time.Second)
	})
}

// crowdThroughOneProxy: a reverse proxy with a public name, which takes a prefix
// off the paths, compresses, and has error pages of its own.
func crowdThroughOneProxy(s *stage) {
	lb, web := balancer(), web01()
	for i := range 4 {
		front := s.dial(capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 10+i)), lb)
		back := s.dial(lb.at.Host, web)
		carry := func(path string, fields ...string) {
			front.ask("/public"+path, fields...)
			back.get(path, fields...)
			v := back.last
			if v.body /= 3; i%3 == 2 && v.status == http.StatusOK {
				v.status, v.body = http.StatusBadGateway, 30
			}
			front.respond(v)
		}
		carry("/crm/start", ntlm(alice.Negotiate()))
		carry("/crm/start", ntlm(back.answer(alice)))
		f := finding{
			rule: "pass-through-proxy", severity: "info", confidence: "high",
			user: corpAlice, client: front.From().Host, servers: sites(lb, web), evidence: frames(front.sent, back.sent),
		}
		s.want(f)
		if front.last.status == http.StatusBadGateway {
			s.want(finding{
				rule: "error-after-logon", severity: "info", confidence: "high",
				user: corpAlice, client: front.From().Host, servers: sites(lb), evidence: frames(front.sent, front.got),
			})
		}
		carry("/crm/list?page=1")
		carry("/crm/logo.png")
		front.Close()
		back.Close()
	}
}
