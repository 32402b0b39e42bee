package samples

import "time"

var proxyWithoutSessionAuth = []story{
	{"hit-behind-the-proxy", behindTheProxy},
	{"hit-both-sides-of-the-proxy", bothSidesOfTheProxy},
	{"miss-session-based-authentication", sessionBasedAuthentication},
	{"miss-no-proxy", firstRequestOnly},
	{"miss-logon-on-the-next-connection", logonOnTheNextConnection},
	{"miss-logon-lost", logonBehindTheProxyLost},
}

const (
	viaProxy01   = "Via: 1.1 proxy01"
	sessionBased = "Proxy-Support: Session-Based-Authentication"
)

func withoutSessionAuth(x *session) finding {
	return finding{
		rule: "proxy-without-session-auth", severity: "medium", confidence: "medium",
		client: x.From().Host, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// proxy01 is a proxy that authenticates nobody.
func proxy01() *site {
	p := newSite("PROXY01", "proxy01.corp.example", "10.9.0.5").on(3128)
	p.open = true
	return p
}

// behindTheProxy: the client never begins, for the proxy did not say that it
// keeps its connections apart.
func behindTheProxy(s *stage) {
	x := s.dial(proxy01().at.Host, web01())
	x.get("/reports", viaProxy01)
	s.want(withoutSessionAuth(x))
	x.Wait(3 * time.Second)
	x.Close()
}

// bothSidesOfTheProxy: the same, seen on both sides.
func bothSidesOfTheProxy(s *stage) {
	proxy := proxy01()
	front, back := s.dial(pc1, proxy), s.dial(proxy.at.Host, web01())
	front.host = back.host
	front.ask("http://web01.corp.example/reports")
	back.get("/reports", viaProxy01)
	front.last = back.last
	front.last.fields = append(front.last.fields, viaProxy01)
	front.respond(front.last)
	s.want(withoutSessionAuth(back))
	front.Wait(3 * time.Second)
	front.Close()
	back.Close()
}

// sessionBasedAuthentication: a proxy that says that it can, and a client that
// logs on through it.
func sessionBasedAuthentication(s *stage) {
	proxy := proxy01()
	front, back := s.dial(pc1, proxy), s.dial(proxy.at.Host, web01())
	front.host = back.host
	carry := func(fields ...string) {
		front.ask("http://web01.corp.example/reports", fields...)
		back.get("/reports", append([]string{viaProxy01}, fields...)...)
		v := back.last
		v.fields = append(v.fields, viaProxy01, sessionBased)
		front.respond(v)
	}
	carry()
	carry(ntlm(alice.Negotiate()))
	carry(ntlm(back.answer(alice)))
	s.want(passedThrough(front, back, handshake{authenticate: front.sent}))
	front.Close()
	back.Close()
}

// firstRequestOnly: a client that is refused and goes away, without any proxy.
func firstRequestOnly(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	x.Close()
}

// logonOnTheNextConnection: the proxy closed the first connection; the client
// logs on over the second.
func logonOnTheNextConnection(s *stage) {
	web := web01()
	x := s.dial(proxy01().at.Host, web)
	x.get("/reports", viaProxy01)
	x.Close()
	y := s.dial(proxy01().at.Host, web)
	y.get("/reports", viaProxy01, ntlm(alice.Negotiate()))
	y.get("/reports", viaProxy01, ntlm(y.answer(alice)))
	y.Close()
}

// logonBehindTheProxyLost: the client does log on; the capture has lost that.
func logonBehindTheProxyLost(s *stage) {
	x := s.dial(proxy01().at.Host, web01())
	x.get("/reports", viaProxy01)
	x.Lose(4)
	x.login(alice, "/reports")
	x.Close()
	s.want(incomplete())
}
