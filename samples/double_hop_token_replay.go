package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var doubleHopTokenReplay = []story{
	{"hit-cached-token", cachedToken},
	{"hit-second-server-asked-too", secondServerAskedToo},
	{"hit-two-ports-of-one-address", twoPorts},
	{"hit-one-name-in-two-domains", oneNameInTwoDomains},
	{"hit-two-sites-behind-a-proxy", twoSitesBehindProxy},
	{"hit-sent-by-another-machine", sentByAnotherMachine},
	{"miss-page-for-everybody", pageForEverybody},
	{"hit-captured-on-a-bridge", onBridge},
	{"hit-captured-where-a-router-sends", whereRouterSends},
	{"hit-captured-on-a-router", onRouter},
	{"hit-captured-in-promiscuous-mode", inPromiscuousMode},
	{"miss-logon-at-each-server", logonAtEachServer},
	{"miss-mirrored-vlan", mirroredVLAN},
	{"miss-translated-addresses", translatedAddresses},
	{"miss-challenge-not-captured", secondChallengeNotCaptured},
}

// replay is the finding for a token of one server that another one refused.
func replay(first handshake, a, b *session) finding {
	return finding{
		rule: "double-hop-token-replay", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(a.site, b.site),
		evidence: frames(first.authenticate, first.result, b.sent, b.got),
	}
}

// cachedToken: a script keeps the Authorization field that worked and sends it
// to the next server.
func cachedToken(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc1, mbx02())
	b.get("/inbox", ntlm(first.token))
	b.Close()
	s.want(replay(first, a, b))
}

// onBridge: the same on the host of the virtual machines, where each packet
// comes in at one port of the bridge and leaves at another.
func onBridge(s *stage) {
	s.tap(capturetest.On(capturetest.SLL2), capturetest.Seen(capturetest.Sight{Direction: capturetest.Passing, Interface: 9},
		capturetest.Sight{Direction: capturetest.Outbound, Interface: 7}, capturetest.Sight{Direction: capturetest.Passing, Interface: 2}))
	cachedToken(s)
}

// whereRouterSends: the same on a router, where what it sends was captured
// alone.
func whereRouterSends(s *stage) {
	s.tap(capturetest.On(capturetest.SLL2), capturetest.Seen(capturetest.Sight{Direction: capturetest.Outbound, Interface: 3}))
	cachedToken(s)
}

// onRouter: the same on a router, on all interfaces.
func onRouter(s *stage) {
	s.tap(capturetest.On(capturetest.SLL), capturetest.Seen(capturetest.Sight{Direction: capturetest.Inbound}, capturetest.Sight{Direction: capturetest.Outbound}))
	cachedToken(s)
}

// inPromiscuousMode: the same on the first server, whose port of the switch
// shows what goes to the second one as well.
func inPromiscuousMode(s *stage) {
	s.tap(capturetest.On(capturetest.SLL2), capturetest.At(web01().at.Host), capturetest.Promiscuous())
	cachedToken(s)
}

// secondServerAskedToo: the second server issues a challenge of its own, and
// gets the answer to the first server's.
func secondServerAskedToo(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	b := s.dial(pc1, mbx02())
	b.begin("NTLM", alice, "/inbox")
	b.get("/inbox", ntlm(first.token))
	b.Close()
	a.Close()
	s.want(replay(first, a, b))
}

// logonAtEachServer: the client answers the challenge of each server. This is
// two first hops.
func logonAtEachServer(s *stage) {
	a, b := s.dial(pc1, web01()), s.dial(pc1, mbx02())
	a.login(alice, "/reports")
	b.login(alice, "/inbox")
	a.get("/reports/2")
	a.Close()
	b.Close()
}

// mirroredVLAN: the SPAN port copies the packet before and after the router.
func mirroredVLAN(s *stage) {
	s.tap(capturetest.Tagged(10))
	a := s.dial(pc1, web01(), capturetest.Mirrored(30, 1))
	a.get("/reports")
	a.login(alice, "/reports")
	a.Wait(time.Second)
	a.Close()
}

// translatedAddresses: one connection, captured in front of and behind a load
// balancer that only rewrites addresses.
func translatedAddresses(s *stage) {
	behind := capturetest.NAT(capturetest.NewHost("10.9.1.1").At(31007), capturetest.NewHost("10.9.1.20").At(8080))
	a := s.dial(pc1, web01(), behind)
	a.get("/reports")
	a.login(alice, "/reports")
	a.Close()
}

// secondChallengeNotCaptured: two healthy logons; of the second one the capture
// has lost the CHALLENGE_MESSAGE.
func secondChallengeNotCaptured(s *stage) {
	a := s.dial(pc1, web01())
	a.login(alice, "/reports")
	b := s.dial(pc1, mbx02())
	b.ask("/inbox", ntlm(alice.Negotiate()))
	b.Lose(1)
	b.reply()
	b.get("/inbox", ntlm(b.answer(alice)))
	a.Close()
	b.Close()
	s.want(incomplete())
}

// moved moves the site to another address, as published ports and proxies do: its
// challenges go on to name the machine behind it.
func (w *site) moved(addr string, port uint16) *site {
	v := *w
	v.at = capturetest.NewHost(addr).At(port)
	return &v
}

// twoPorts: a host of containers publishes two servers at two ports of its
// address.
func twoPorts(s *stage) {
	one, other := web01().moved("10.9.0.60", 8081), mbx02().moved("10.9.0.60", 8082)
	before := s.dial(pc1, other)
	before.login(alice, "/inbox")
	before.Close()
	a := s.dial(pc1, one)
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc1, other)
	b.get("/inbox", ntlm(first.token))
	b.Close()
	s.want(replay(first, a, b))
}

// oneNameInTwoDomains: WEB in corp.example is not WEB in dmz.example.
func oneNameInTwoDomains(s *stage) {
	one, other := newSite("WEB", "web.corp.example", "10.9.0.61"), newSite("WEB", "web.dmz.example", "10.9.0.62")
	other.Domain = "DMZ"
	before := s.dial(pc1, other)
	before.login(alice, "/inbox")
	before.Close()
	a := s.dial(pc1, one)
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc1, other)
	b.get("/inbox", ntlm(first.token))
	b.Close()
	s.want(replay(first, a, b))
}

// twoSitesBehindProxy: all sites behind a forward proxy have its address.
func twoSitesBehindProxy(s *stage) {
	a := s.dial(pc1, web01().moved("10.9.0.90", 8080))
	first := a.login(alice, "http://web01.corp.example/reports")
	a.Close()
	b := s.dial(pc1, mbx02().moved("10.9.0.90", 8080))
	b.get("http://mbx02.corp.example/inbox", ntlm(first.token))
	b.Close()
	f := replay(first, a, b)
	f.servers = sites(a.site)
	s.want(f)
}

// sentByAnotherMachine: a machine that has nothing to do with the logon sends
// its token to a second server.
func sentByAnotherMachine(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	a.Close()
	b := s.dial(pc2, mbx02())
	b.get("/inbox", ntlm(first.token))
	b.Close()
	f := replay(first, a, b)
	f.confidence = "medium"
	s.want(f)
}

// pageForEverybody: a server that does not authenticate does not look at the
// token.
func pageForEverybody(s *stage) {
	a := s.dial(pc1, web01())
	first := a.login(alice, "/reports")
	a.Close()
	open := mbx02()
	open.open = true
	b := s.dial(pc1, open)
	b.get("/inbox", ntlm(first.token))
	b.Close()
}
