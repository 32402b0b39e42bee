package samples

import (
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
)

var doubleHopNoCredentials = []story{
	{"hit-client-without-credentials", clientWithoutCredentials},
	{"hit-later-on-the-connection", laterOnTheConnection},
	{"hit-two-network-cards", twoNetworkCards},
	{"hit-containers-of-one-host", containersOfOneHost},
	{"miss-refusal-comes-first", refusalComesFirst},
	{"miss-probe-meets-a-failing-page", probeMeetsAFailingPage},
	{"miss-page-is-not-there", pageIsNotThere},
	{"miss-probe", probeOfTheBackEnd},
	{"miss-refusal-is-handled", refusalIsHandled},
	{"miss-retry-lost", retryLost},
}

func noCredentials(front, back *session) finding {
	return finding{
		rule: "double-hop-no-credentials", severity: "medium", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(front.site, back.site),
		evidence: frames(front.sent, back.got, front.got),
	}
}

// clientWithoutCredentials: the page's HTTP client was given no credentials;
// the back end's 401 is the end of it.
func clientWithoutCredentials(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.begin("NTLM", alice, "/reports")
	front.ask("/reports", ntlm(front.answer(alice)))
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(noCredentials(front, back))
}

// containersOfOneHost: front end and back end are containers, and the capture
// was made on all interfaces of their host.
func containersOfOneHost(s *stage) {
	s.tap(capturetest.On(capturetest.SLL), capturetest.Seen(capturetest.Sight{Direction: capturetest.Passing},
		capturetest.Sight{Direction: capturetest.Outbound}, capturetest.Sight{Direction: capturetest.Passing}))
	clientWithoutCredentials(s)
}

// laterOnTheConnection: alice logged on with the first page; the page that
// needs the back end comes later, and carries no token any more.
func laterOnTheConnection(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.Wait(12 * time.Second)
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	front.fail(http.StatusBadGateway)
	back.Close()
	front.Close()
	s.want(noCredentials(front, back))
}

// twoNetworkCards: the front end asks through its other network card. Only the
// marks of the capture, made on it, tell that both addresses are its own.
func twoNetworkCards(s *stage) {
	web := web01()
	inside := s.card("10.9.7.20")
	s.tap(capturetest.On(capturetest.SLL2), capturetest.At(web.at.Host, inside))
	front := s.dial(pc1, web)
	front.begin("NTLM", alice, "/reports")
	front.ask("/reports", ntlm(front.answer(alice)))
	back := s.dial(inside, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(noCredentials(front, back))
}

// refusalComesFirst: the page's client asks without credentials, is refused,
// and logs on with the account of the service.
func refusalComesFirst(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	h := back.login(service, "/exchange/alice")
	front.reply()
	back.Close()
	front.Close()
	s.want(otherIdentity(front, back, h))
}

// probeOfTheBackEnd: a monitor on the front end looks whether the back end
// answers. Nobody waits for it.
func probeOfTheBackEnd(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.Close()
	back := s.dial(web.at.Host, mbx02())
	back.agent = "monitor"
	back.get("/exchange/health")
	back.Close()
}

// refusalIsHandled: the page shows alice what it has without the back end.
func refusalIsHandled(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	front.reply()
	back.Close()
	front.Close()
}

// retryLost: the page's client does log on; the capture has lost that. The page
// fails for another reason.
func retryLost(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	back.Lose(4)
	back.login(service, "/exchange/alice")
	front.fail(http.StatusInternalServerError)
	back.Close()
	front.Close()
	s.want(incomplete())
}

// probe is a request of a monitor on the front end.
func probe(s *stage, web *site) *session {
	back := s.dial(web.at.Host, mbx02())
	back.agent = "monitor"
	back.get("/exchange/health?at=" + s.capture.Now().Format("150405"))
	back.Close()
	s.capture.Wait(5 * time.Second)
	return back
}

// probeMeetsAFailingPage: the monitor asks every five seconds, once of them
// while alice's page fails for another reason.
func probeMeetsAFailingPage(s *stage) {
	web := web01()
	first := probe(s, web)
	s.want(finding{
		rule: "offer-not-taken", severity: "info", confidence: "medium",
		client: web.at.Host, servers: sites(first.site), evidence: frames(first.got),
	})
	probe(s, web)
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/mail")
	probe(s, web)
	front.fail(http.StatusInternalServerError)
	front.Close()
	probe(s, web)
	probe(s, web)
}

// pageIsNotThere: what alice asks for does not exist.
func pageIsNotThere(s *stage) {
	web := web01()
	front := s.dial(pc1, web)
	front.login(alice, "/reports")
	front.ask("/reports/nothing")
	back := s.dial(web.at.Host, mbx02())
	back.agent = "WEB01 reports"
	back.get("/exchange/alice")
	front.fail(http.StatusNotFound)
	back.Close()
	front.Close()
}
