package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var connectionClosedMidHandshake = []story{
	{"hit-keep-alive-is-off", keepAliveIsOff},
	{"hit-firewall-resets", firewallResets},
	{"miss-first-refusal-closes", firstRefusalCloses},
	{"miss-closed-after-the-logon", closedAfterTheLogon},
	{"miss-capture-ends", captureEndsMidHandshake},
}

func closedEarly(x *session, user string) finding {
	return finding{
		rule: "connection-closed-mid-handshake", severity: "medium", confidence: "high",
		user: user, client: pc1, servers: sites(x.site), evidence: frames(x.got),
	}
}

// keepAliveIsOff: the server closes after each answer, so no handshake can come
// to its end.
func keepAliveIsOff(s *stage) {
	web := web01()
	web.closes = true
	for i := range 2 {
		x := s.dial(pc1, web)
		x.begin("NTLM", alice, "/reports")
		x.ServerClose()
		x.Wait(200 * time.Millisecond)
		if i == 0 {
			s.want(closedEarly(x, ""))
		}
	}
}

// firewallResets: something on the way resets each connection after the
// challenge.
func firewallResets(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		x.get("/reports")
		x.begin("NTLM", alice, "/reports")
		x.Wait(20 * time.Millisecond)
		x.ServerReset()
		x.Wait(200 * time.Millisecond)
		if i == 0 {
			s.want(closedEarly(x, ""))
		}
	}
}

// firstRefusalCloses: the first 401 closes the connection, as some proxies do,
// and the handshake has the next one for itself.
func firstRefusalCloses(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.ask("/reports")
	v := web.refuse()
	v.fields = append(v.fields, "Connection: close")
	x.respond(v)
	x.ServerClose()
	y := s.dial(pc1, web)
	y.login(alice, "/reports")
	y.Close()
}

// closedAfterTheLogon: the server closes when it is done.
func closedAfterTheLogon(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/reports")
	x.Wait(5 * time.Second)
	x.ServerClose()
}

// captureEndsMidHandshake: what comes after the challenge was not captured.
func captureEndsMidHandshake(s *stage) {
	x := s.dial(pc1, web01(), capturetest.RTT(30*time.Millisecond))
	x.get("/reports")
	x.begin("NTLM", alice, "/reports")
}
