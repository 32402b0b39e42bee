package samples

import (
	"fmt"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var connectionClosedMidHandshake = []story{
	{"hit-keep-alive-is-off", keepAliveIsOff},
	{"hit-firewall-resets", firewallResets},
	{"hit-answer-on-another-connection", answerOnAnotherConnection},
	{"hit-no-keep-alive-behind-the-balancer", noKeepAliveBehindTheBalancer},
	{"hit-client-ends-connections", clientEndsConnections},
	{"hit-old-client", oldClient},
	{"hit-old-server", oldServer},
	{"miss-workers-restart", workersRestart},
	{"miss-old-client-keeps-connections", oldClientKeepsConnections},
	{"miss-ends-after-the-logon", endsAfterTheLogon},
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

// noKeepAliveBehindTheBalancer: a balancer, captured on its far side, opens a
// connection for every request and closes it with the answer. Two users log on at
// once, so what comes to a server next is the answer to the other one's challenge.
func noKeepAliveBehindTheBalancer(s *stage) {
	lb, web, other := balancer(), web01(), newSite("WEB02", "web02.corp.example", "10.9.0.22")
	web.closes, other.closes = true, true
	call := func(to *site) *session {
		x := s.dial(lb.at.Host, to)
		x.host = lb.DNSName
		return x
	}
	hers, his := call(web), call(other)
	hers.begin("NTLM", alice, "/reports")
	his.begin("NTLM", bob, "/reports")
	hers.ServerClose()
	his.ServerClose()
	for _, x := range []struct {
		first *session
		to    *site
		token []byte
	}{{hers, other, hers.answer(alice)}, {his, web, his.answer(bob)}} {
		y := call(x.to)
		y.get("/reports", ntlm(x.token))
		y.Close()
		s.want(finding{
			rule: "connection-closed-mid-handshake", severity: "medium", confidence: "high",
			client: lb.at.Host, servers: sites(x.first.site, x.to), evidence: frames(x.first.got, y.sent, y.got),
		})
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

// clientEndsConnections: the client asks for the end of the connection with
// every request, so its answer comes on another one. Nobody has closed the first
// yet when that is refused.
func clientEndsConnections(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		x.get("/", ntlm(alice.Negotiate()), "Connection: close")
		token := x.answer(alice)
		y := s.dial(pc1, web)
		y.get("/", ntlm(token), "Connection: close")
		if i == 0 {
			s.want(closedEarly(x, ""))
		}
		s.capture.Wait(2 * time.Second)
		x.Close()
		y.Close()
	}
}

// oldClient: a client, or a proxy on the way, that speaks HTTP/1.0.
func oldClient(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		x.askOld("/", ntlm(alice.Negotiate()))
		x.reply()
		token := x.answer(alice)
		x.ServerClose()
		y := s.dial(pc1, web)
		y.askOld("/", ntlm(token))
		y.reply()
		y.ServerClose()
		if i == 0 {
			s.want(closedEarly(x, ""))
		}
		s.capture.Wait(time.Second)
	}
}

// askOld sends a request as HTTP/1.0 has it.
func (x *session) askOld(target string, fields ...string) {
	x.target, x.fields = target, fields
	x.sent = x.Client(strings.Replace(capturetest.Request("GET", target, x.host, fields...), "HTTP/1.1", "HTTP/1.0", 1)).Frame()
}

// oldServer: the server, or a gateway in front of it, answers with HTTP/1.0.
func oldServer(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		x.ask("/", ntlm(alice.Negotiate()))
		v := web.decide(&x.logon, x.credentials(), x)
		x.got = x.Server(strings.Replace(capturetest.Response(v.status, v.body, v.fields...), "HTTP/1.1", "HTTP/1.0", 1)).Frame()
		x.ServerClose()
		if i == 0 {
			s.want(closedEarly(x, ""))
		}
		x.Wait(time.Second)
	}
}

// oldClientKeepsConnections: HTTP/1.0, but with keep-alive.
func oldClientKeepsConnections(s *stage) {
	x := s.dial(pc1, web01())
	x.askOld("/", ntlm(alice.Negotiate()), "Connection: keep-alive")
	x.reply()
	x.askOld("/", ntlm(x.answer(alice)), "Connection: keep-alive")
	x.reply()
	x.Close()
}

// endsAfterTheLogon: crowd of scripts, each of which asks for the end of its
// connection with the last message.
func endsAfterTheLogon(s *stage) {
	web := web01()
	for i := range 10 {
		x := s.dial(capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 100+i)), web)
		x.begin("NTLM", alice, "/reports")
		x.get("/reports", ntlm(x.answer(alice)), "Connection: close")
		x.ServerClose()
	}
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
