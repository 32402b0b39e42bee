package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var offerNotTaken = []story{
	{"hit-script-without-credentials", scriptWithoutCredentials},
	{"hit-proxy-offer", proxyOfferNotTaken},
	{"miss-healthy-logon", normalLogon},
	{"miss-single-probe", firstRequestOnly},
	{"miss-logon-on-another-connection", logonOnAnotherConnection},
	{"miss-answers-only", answersOnly},
}

func notTaken(x *session) finding {
	return finding{
		rule: "offer-not-taken", severity: "info", confidence: "medium",
		client: pc1, servers: sites(x.site), evidence: frames(x.got),
	}
}

// scriptWithoutCredentials: a script asks again and again, and never logs on.
func scriptWithoutCredentials(s *stage) {
	x := s.dial(pc1, web01())
	for i := range 3 {
		x.get("/api/reports")
		if i == 0 {
			s.want(notTaken(x))
		}
		x.Wait(10 * time.Second)
	}
	x.Close()
}

// proxyOfferNotTaken: a program that knows nothing of the proxy's logon.
func proxyOfferNotTaken(s *stage) {
	p := strictProxy()
	for i := range 4 {
		x := s.throughProxy(p)
		x.get(example)
		if i == 0 {
			s.want(notTaken(x))
		}
		x.Close()
		x.Wait(30 * time.Second)
	}
}

// logonOnAnotherConnection: three connections are refused, and the logon comes
// on the fourth.
func logonOnAnotherConnection(s *stage) {
	web := web01()
	for range 3 {
		x := s.dial(pc1, web)
		x.get("/reports")
		x.Close()
	}
	y := s.dial(pc1, web)
	y.login(alice, "/reports")
	y.Close()
}

// answersOnly: three connections, each with a logon of which the capture has
// the answers alone.
func answersOnly(s *stage) {
	web := web01()
	for i := range 3 {
		x := s.dial(pc1, web, capturetest.ServerOnly())
		x.get("/reports")
		x.login(alice, "/reports")
		x.Close()
		if i == 0 {
			s.want(incomplete())
		}
	}
}
