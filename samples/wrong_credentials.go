package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var wrongCredentials = []story{
	{"hit-old-password", oldPassword},
	{"hit-basic-three-times", basicThreeTimes},
	{"hit-domain-of-the-challenge", domainOfTheChallenge},
	{"hit-names-in-single-bytes", namesInSingleBytes},
	{"miss-refused-after-45-s", refusedAfterTimeout},
	{"miss-crowd-of-clients", crowdOfClients},
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

// domainOfTheChallenge: a program logs on with a local account of WEB01, and
// sends the domain that the challenge names.
func domainOfTheChallenge(s *stage) {
	client := ntlmtest.Client{User: "svc_local", Domain: "CORP", Password: "x", Workstation: "go-ntlmssp", Stack: ntlmtest.GoNTLMSSP}
	x := s.dial(pc1, web01())
	x.agent = "Go-http-client/1.1"
	h := x.login(client, "/wsman")
	f := refusedAs(x, h)
	f.user = `CORP\svc_local`
	s.want(f)
	x.Close()
}

// namesInSingleBytes: the flags of a token say Unicode, and its names are
// ASCII.
func namesInSingleBytes(s *stage) {
	client := alice
	client.Stack, client.Workstation = ntlmtest.Curl, "PC1"
	x := s.dial(pc1, web01())
	h := handshake{}
	h.negotiate, h.challenge = x.begin("NTLM", client, "/")
	token := x.answer(client)
	token[60] |= 1 // NEGOTIATE_UNICODE, which curl did not ask for
	h.authenticate, h.result = x.present("NTLM", "/", token)
	s.want(refusedAs(x, h))
	x.Close()
}

// crowdOfClients: Windows, curl and Go, local accounts, UPNs and local calls, and
// all get in.
func crowdOfClients(s *stage) {
	web := web01()
	curl, program, upn, local := alice, bob, alice, alice
	curl.Stack, curl.Workstation = ntlmtest.Curl, "WORKSTATION"
	program.Stack, program.Workstation = ntlmtest.GoNTLMSSP, "go-ntlmssp"
	upn.User, upn.Domain = "alice@corp.example", ""
	local.Domain, local.Workstation = "WEB01", "PC1"
	web.Users = ntlmtest.Directory{"alice": alice.Password, "bob": bob.Password, "alice@corp.example": alice.Password}
	for _, c := range []ntlmtest.Client{alice, curl, program, upn, local} {
		x := s.dial(pc1, web)
		x.login(c, "/reports")
		x.Close()
	}
}
