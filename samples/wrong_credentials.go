package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var wrongCredentials = []story{
	{"hit-old-password", oldPassword},
	{"hit-basic-three-times", basicThreeTimes},
	{"miss-first-request-without-credentials", normalLogon},
	{"miss-access-denied-after-logon", accessDeniedAfterLogon},
	{"miss-answer-not-captured", answerNotCaptured},
}

// oldPassword: alice's password was changed, and her client does not know.
func oldPassword(s *stage) {
	client := alice
	client.Password = "Winter-2025"
	a := s.dial(pc1, web01())
	a.get("/reports")
	h := a.login(client, "/reports")
	a.Close()
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(a.site), evidence: frames(h.authenticate, h.result),
	})
}

// basicThreeTimes: alice types a password that is wrong, and gives up.
func basicThreeTimes(s *stage) {
	client := alice
	client.Password = "spring-2026"
	web := web01().offering("Negotiate", "NTLM", `Basic realm="corp.example"`)
	a := s.dial(pc1, web)
	a.get("/reports")
	for range 3 {
		a.Wait(5 * time.Second)
		a.get("/reports", basic(client))
	}
	a.Close()
	s.want(finding{
		rule: "wrong-credentials", severity: "medium", confidence: "medium",
		user: "alice", client: pc1, servers: sites(web),
	})
	f := cleartext(a, "alice")
	f.evidence = nil
	s.want(f)
}

// normalLogon: two answers 401 belong to every logon.
func normalLogon(s *stage) {
	a := s.dial(pc1, web01())
	a.get("/reports")
	a.login(alice, "/reports")
	a.get("/reports/2")
	a.Close()
}

// accessDeniedAfterLogon: the logon counts, and one page is not for alice.
func accessDeniedAfterLogon(s *stage) {
	a := s.dial(pc1, web01())
	h := a.login(alice, "/reports")
	a.ask("/payroll").forbid()
	a.Close()
	s.want(denied(a, h))
}

// denied is the finding for a page that the logged-on user may not read.
func denied(x *session, h handshake) finding {
	return finding{
		rule: "authorization-denied", severity: "low", confidence: "medium",
		user: corpAlice, client: x.From().Host, servers: sites(x.site), evidence: frames(h.result, x.got),
	}
}

// answerNotCaptured: the capture ends before the server answers.
func answerNotCaptured(s *stage) {
	client := alice
	client.Password = "Winter-2025"
	a := s.dial(pc1, web01(), capturetest.RTT(20*time.Millisecond))
	a.begin("NTLM", client, "/reports")
	a.ask("/reports", ntlm(a.answer(client)))
}
