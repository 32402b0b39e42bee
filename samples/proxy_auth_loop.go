package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var proxyAuthLoop = []story{
	{"hit-one-connection", loopOnOneConnection},
	{"hit-new-connection-each-time", loopOverConnections},
	{"miss-person-mistypes", mistypedAtTheProxy},
	{"miss-parallel-refusals", parallelRefusals},
	{"miss-parallel-connections", parallelProxyLogons},
	{"miss-server-refuses-behind-the-proxy", serverRefusesBehindTheProxy},
	{"miss-answer-lost", proxyAnswerLost},
}

// strictProxy is a proxy that wants NTLM.
func strictProxy() *site {
	p := proxy01()
	p.open, p.proxy = false, true
	return p
}

const example = "http://www.example.com/"

// throughProxy dials a proxy for www.example.com.
func (s *stage) throughProxy(p *site) *session {
	x := s.dial(pc1, p)
	x.host = "www.example.com"
	return x
}

func loop(p *site, h handshake) finding {
	return finding{
		rule: "proxy-auth-loop", severity: "medium", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(p), evidence: frames(h.authenticate, h.result),
	}
}

// loopOnOneConnection: the browser has an old password, and tries it again and
// again.
func loopOnOneConnection(s *stage) {
	p := strictProxy()
	client := alice
	client.Password = "Winter-2025"
	x := s.throughProxy(p)
	x.get(example)
	x.login(client, example)
	x.login(client, example)
	s.want(loop(p, x.login(client, example)))
	x.Close()
}

// loopOverConnections: the same on a new connection for each try.
func loopOverConnections(s *stage) {
	p := strictProxy()
	client := alice
	client.Password = "Winter-2025"
	for i := range 3 {
		x := s.throughProxy(p)
		h := x.login(client, example)
		x.Close()
		if i == 2 {
			s.want(loop(p, h))
		}
	}
}

// parallelProxyLogons: a browser opens some connections at once, and logs on on
// each.
func parallelProxyLogons(s *stage) {
	p := strictProxy()
	var open []*session
	for range 3 {
		open = append(open, s.throughProxy(p))
	}
	for _, x := range open {
		x.get(example)
	}
	for _, x := range open {
		x.login(alice, example)
	}
	for _, x := range open {
		x.Close()
	}
}

// mistypedAtTheProxy: a person types the password wrong three times, and then
// right.
func mistypedAtTheProxy(s *stage) {
	p := strictProxy()
	x := s.throughProxy(p)
	x.get(example)
	client := alice
	client.Password = "Spring-2062"
	for range 3 {
		h := x.login(client, example)
		if x.Wait(6 * time.Second); len(s.findings) == 0 {
			s.want(finding{
				rule: "wrong-credentials", severity: "medium", confidence: "medium",
				user: corpAlice, client: pc1, servers: sites(p), evidence: frames(h.authenticate),
			})
		}
	}
	x.login(alice, example)
	x.Close()
}

// parallelRefusals: a browser tries an old password on four connections at
// once, asks its user, and gets in.
func parallelRefusals(s *stage) {
	p := strictProxy()
	client := alice
	client.Password = "Winter-2025"
	var open []*session
	for range 4 {
		x := s.throughProxy(p)
		x.begin("NTLM", client, example)
		open = append(open, x)
	}
	for i, x := range open {
		x.present("NTLM", example, x.answer(client))
		if i == 0 {
			s.want(finding{
				rule: "wrong-credentials", severity: "medium", confidence: "medium",
				user: corpAlice, client: pc1, servers: sites(p), evidence: frames(x.sent),
			})
		}
	}
	open[0].Wait(5 * time.Second)
	for _, x := range open {
		x.login(alice, example)
		x.Close()
	}
}

// serverRefusesBehindTheProxy: the proxy lets alice through, and the server
// behind it wants a logon of its own.
func serverRefusesBehindTheProxy(s *stage) {
	p := strictProxy()
	x := s.throughProxy(p)
	x.login(alice, example)
	unseen := &stage{name: s.name, capture: capturetest.New()}
	back := unseen.dial(p.at.Host, web01())
	for _, fields := range [][]string{nil, {ntlm(alice.Negotiate())}} {
		x.ask(example, fields...)
		back.get("/", fields...)
		x.relay(back)
	}
	x.ask(example, ntlm(back.answer(alice)))
	back.get("/", x.fields...)
	x.relay(back)
	x.Close()
}

// proxyAnswerLost: two handshakes, of which the capture holds one answer.
func proxyAnswerLost(s *stage) {
	p := strictProxy()
	x := s.throughProxy(p)
	x.login(alice, example)
	x.Close()
	y := s.throughProxy(p)
	y.begin("NTLM", alice, example)
	y.ask(example, toProxy(ntlm(y.answer(alice))))
	y.Lose(1)
	y.reply()
	y.get(example + "logo.png")
	y.Close()
	s.want(incomplete())
}
