package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var connectionClosedMidHandshake = []story{
	{"hit-keep-alive-is-off", keepAliveIsOff},
	{"hit-firewall-resets", firewallResets},
	{"hit-answer-on-another-connection", answerOnAnotherConnection},
	{"miss-workers-restart", workersRestart},
	{"miss-reset-and-slow-logon", resetAndSlowLogon},
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

// answerOnAnotherConnection: the server announces the end of the connection
// with its challenge, and the client sends its answer over a new one. The cause
// is that keep-alive is off; no balancer split the handshake.
func answerOnAnotherConnection(s *stage) {
	web := web01()
	web.closes = true
	x := s.dial(pc1, web)
	x.begin("NTLM", alice, "/reports")
	token := x.answer(alice)
	x.ServerClose()
	x.Wait(50 * time.Millisecond)
	y := s.dial(pc1, web)
	y.present("NTLM", "/reports", token)
	y.Close()
	s.want(closedEarly(x, ""))
}

// workersRestart: a farm recycles its workers while many log on through one
// address. Some handshakes in a row are reset; each client begins anew and is
// accepted.
func workersRestart(s *stage) {
	web := web01()
	people := []ntlmtest.Client{alice, bob, service}
	for round := range 2 {
		for _, c := range people {
			x := s.dial(pc1, web)
			x.begin("NTLM", c, "/reports")
			x.Wait(10 * time.Millisecond)
			x.ServerReset()
		}
		for _, c := range people {
			x := s.dial(pc1, web)
			x.Wait(time.Duration(round) * time.Second)
			x.login(c, "/reports")
			x.Close()
		}
		s.capture.Wait(40 * time.Second)
	}
}

// resetAndSlowLogon: the connection is reset after the challenge; the next try
// is reset, and the one after it accepted once the domain controller has answered.
func resetAndSlowLogon(s *stage) {
	web := web01()
	for range 2 {
		x := s.dial(pc1, web)
		x.begin("NTLM", alice, "/reports")
		x.ServerReset()
		x.Wait(100 * time.Millisecond)
	}
	y := s.dial(pc1, web)
	y.begin("NTLM", alice, "/reports")
	y.ask("/reports", ntlm(y.answer(alice)))
	y.Wait(700 * time.Millisecond)
	y.reply()
	y.Close()
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
