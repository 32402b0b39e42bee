package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var offerNotTaken = []story{
	{"hit-script-without-credentials", scriptWithoutCredentials},
	{"hit-proxy-offer", proxyOfferNotTaken},
	{"hit-proxy-with-support", proxyWithSupport},
	{"hit-posts-never", postsNever},
	{"miss-healthy-logon", normalLogon},
	{"miss-crowd-of-posts", crowdOfPosts},
	{"miss-posts-on-a-logged-on-connection", postsAfterAGet},
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

// proxyWithSupport: the same, and the proxy says that it keeps connections
// apart.
func proxyWithSupport(s *stage) {
	p := strictProxy()
	for i := range 3 {
		x := s.throughProxy(p)
		x.ask(example)
		v := p.refuse()
		v.fields = append(v.fields, sessionBased)
		x.respond(v)
		if i == 0 {
			s.want(notTaken(x))
		}
		x.Close()
		x.Wait(30 * time.Second)
	}
}

// postsNever: a reverse proxy that logs on with what it asks, but cannot send a
// body twice.
func postsNever(s *stage) {
	web := mbx02()
	x := s.dial(pc1, web)
	x.get("/api/a")
	x.login(service, "/api/a")
	x.Close()
	for i := range 3 {
		y := s.dial(pc1, web)
		y.method, y.body = "POST", "subject=Report&text=Ready"
		y.get("/api/b")
		if i == 0 {
			f := notTaken(y)
			f.severity = "low"
			s.want(f)
		}
		y.Close()
		y.Wait(time.Second)
	}
}

// crowdOfPosts: people at a terminal server, whose browsers send a form, are
// asked, and send it again with their logon.
func crowdOfPosts(s *stage) {
	web := web01()
	for i := range 4 {
		who := []ntlmtest.Client{alice, bob}[i%2]
		x := s.dial(pc1, web)
		x.login(who, "/form")
		x.Close()
		y := s.dial(pc1, web)
		y.method, y.body = "POST", "subject=Report&text=Ready"
		y.get("/form")
		y.login(who, "/form")
		y.Close()
	}
}

// postsAfterAGet: a program that sends the form in vain, logs on with a request
// without a body, and sends the form again on the connection that knows it.
func postsAfterAGet(s *stage) {
	web := web01()
	for range 4 {
		x := s.dial(pc1, web)
		x.method, x.body = "POST", "subject=Report&text=Ready"
		x.get("/form")
		x.method, x.body = "GET", ""
		x.login(alice, "/form")
		x.method, x.body = "POST", "subject=Report&text=Ready"
		x.get("/form")
		x.Close()
		x.Wait(time.Second)
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
