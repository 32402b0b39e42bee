package samples

import (
	"time"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

var clockSkew = []story{
	{"hit-server-ahead", serverAhead},
	{"hit-one-of-three-servers", oneOfThreeServers},
	{"hit-one-node-of-a-farm", oneNodeOfAFarm},
	{"hit-client-days-behind", clientDaysBehind},
	{"miss-two-minutes", twoMinutes},
	{"miss-challenge-lost", challengeLost},
	{"miss-clock-of-the-capture", clockOfTheCapture},
	{"miss-clock-of-curl", clockOfCurl},
}

// skewed is the finding for a clock that is wrong and does no harm yet.
func skewed(w *site, h handshake, confidence string) finding {
	return finding{
		rule: "clock-skew", severity: "low", confidence: confidence,
		servers: sites(w), evidence: frames(h.challenge),
	}
}

// serverAhead: the server's clock is seven minutes ahead, or that of the
// capture behind: there is nothing to compare it with.
func serverAhead(s *stage) {
	web := web01()
	web.Skew = 7 * time.Minute
	x := s.dial(pc1, web)
	h := x.login(alice, "/reports")
	x.Close()
	s.want(skewed(web, h, "low"))
}

// oneOfThreeServers: two servers agree with the capture, the third is an hour
// behind.
func oneOfThreeServers(s *stage) {
	behind := newSite("WEB03", "web03.corp.example", "10.9.0.22")
	behind.Skew = -time.Hour
	for _, w := range sites(web01(), mbx02(), behind) {
		x := s.dial(pc1, w)
		h := x.login(alice, "/reports")
		x.Close()
		if w == behind {
			s.want(skewed(w, h, "medium"))
		}
	}
}

// oneNodeOfAFarm: two servers behind one address, of which one is an hour
// behind. Two clocks do not show which of them, or that of the capture, is wrong.
func oneNodeOfAFarm(s *stage) {
	good, bad := web01(), newSite("WEB02", "web02.corp.example", "10.9.0.20")
	bad.Skew = -time.Hour
	for _, w := range sites(good, bad, good) {
		x := s.dial(pc1, w)
		h := x.login(alice, "/reports")
		x.Close()
		if w == bad {
			s.want(skewed(w, h, "low"))
		}
	}
}

// clientDaysBehind: a server that names no time in its challenge, and refuses
// the answer of a client whose clock is three days behind.
func clientDaysBehind(s *stage) {
	web := web01()
	web.NoTimestamp, web.MaxLifetime = true, 36*time.Hour
	x := s.dial(pc1, web)
	x.begin("NTLM", alice, "/reports")
	late := alice
	late.SPN, late.Clock = "HTTP/"+x.host, s.capture.Now().Add(-72*time.Hour)
	x.get("/reports", ntlm(late.Authenticate(x.logon.negotiate, x.logon.challenge)))
	x.Close()
	s.want(finding{
		rule: "clock-skew", severity: "medium", confidence: "high",
		evidence: frames(x.sent, x.got),
	})
}

// twoMinutes: Kerberos and NTLM both live with that.
func twoMinutes(s *stage) {
	web := web01()
	web.Skew = 2 * time.Minute
	x := s.dial(pc1, web)
	x.login(alice, "/reports")
	x.Close()
}

// clockOfTheCapture: all servers are an hour ahead, so it is the capturing
// machine that is behind.
func clockOfTheCapture(s *stage) {
	s.clock = time.Hour
	third := newSite("WEB03", "web03.corp.example", "10.9.0.22")
	for _, w := range sites(web01(), mbx02(), third) {
		w.Skew = s.clock
		x := s.dial(pc1, w)
		x.login(alice, "/reports")
		x.Close()
	}
}

// clockOfCurl: the server's clock is right; the one that curl puts into its
// response is not asked.
func clockOfCurl(s *stage) {
	client := alice
	client.Stack, client.Workstation = ntlmtest.Curl, "WORKSTATION"
	x := s.dial(pc1, web01())
	x.agent = "curl/8.5.0"
	x.begin("NTLM", client, "/reports")
	client.Clock = s.capture.Now().Add(2 * time.Hour)
	x.get("/reports", ntlm(client.Authenticate(x.logon.negotiate, x.logon.challenge)))
	x.Close()
}
