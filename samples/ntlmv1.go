package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// localCall is the answer of a client on the server's own machine.
const localCall = ntlmtest.LocalCall

var ntlmv1 = []story{
	{"hit-ntlmv1", func(s *stage) { oldResponse(s, ntlmtest.NTLMv1) }},
	{"hit-extended-session-security", func(s *stage) { oldResponse(s, ntlmtest.NTLMv1ESS) }},
	{"hit-lm-only", func(s *stage) { oldResponse(s, ntlmtest.LM) }},
	{"hit-refused", oldResponseRefused},
	{"hit-mistyped", oldResponseMistyped},
	{"hit-accepted-of-another", oldResponseOfAnother},
	{"miss-crowd-of-refusals", crowdOfNewResponses},
	{"miss-ntlmv2-without-timestamp", ntlmv2WithoutTimestamp},
	{"miss-curl", ntlmv2OfCurl},
	{"miss-local-call", responseOfLocalCall},
	{"miss-cut-token", cutToken},
}

// oldResponse: a client that is set to answer as of old, and is let in.
func oldResponse(s *stage, r ntlmtest.Response) {
	client := alice
	client.Response = r
	a := s.dial(pc1, web01())
	a.get("/reports")
	h := a.login(client, "/reports")
	a.Close()
	s.want(finding{
		rule: "ntlmv1", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(a.site), evidence: frames(h.authenticate),
	})
}

// ntlmv2WithoutTimestamp: beside the NTLMv2 response there is an LMv2 response
// of 24 bytes, which is not the LM response of old.
func ntlmv2WithoutTimestamp(s *stage) {
	web := web01()
	web.NoTimestamp = true
	a := s.dial(pc1, web)
	a.login(alice, "/reports")
	a.Close()
}

// ntlmv2OfCurl: curl says extended session security, and means NTLMv2.
func ntlmv2OfCurl(s *stage) {
	client := alice
	client.Stack, client.Workstation = ntlmtest.Curl, "WORKSTATION"
	a := s.dial(pc1, web01())
	a.agent = "curl/8.5.0"
	a.login(client, "/reports")
	a.Close()
}

// responseOfLocalCall: no response at all, between two programs of one machine.
func responseOfLocalCall(s *stage) {
	web := web01()
	web.Local = true
	client := alice
	client.Response = localCall
	a := s.dial(web.at.Host, web)
	a.login(client, "/status")
	a.Close()
}

// cutToken: the packet ends inside the token, before its responses.
func cutToken(s *stage) {
	s.tap(capturetest.Snaplen(300))
	a := s.dial(pc1, web01())
	a.login(alice, "/reports")
	a.Close()
	s.want(incomplete())
}

// oldResponseRefused: the server wants NTLMv2, and refuses each try of a program
// that cannot do it: one finding.
func oldResponseRefused(s *stage) {
	client := alice
	client.Response, client.Password = ntlmtest.NTLMv1, "whatever it is"
	web := web01()
	for i := range 2 {
		x := s.dial(pc1, web)
		h := x.login(client, "/reports")
		x.Close()
		if i == 0 {
			s.want(finding{
				rule: "ntlmv1", severity: "high", confidence: "high",
				user: corpAlice, client: pc1, servers: sites(web), evidence: frames(h.authenticate, h.result),
			})
		}
	}
}

// oldResponseMistyped: the server accepts such responses, so that a refusal has
// another cause.
func oldResponseMistyped(s *stage) {
	client := alice
	client.Response, client.Password = ntlmtest.NTLMv1, "Spring-2062"
	web := web01()
	x := s.dial(pc1, web)
	h := x.login(client, "/reports")
	s.want(finding{
		rule: "wrong-credentials", severity: "low", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(web), evidence: frames(h.authenticate, h.result),
	})
	x.Wait(6 * time.Second)
	client.Password = alice.Password
	h = x.login(client, "/reports")
	x.Close()
	s.want(finding{
		rule: "ntlmv1", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(web), evidence: frames(h.authenticate),
	})
}

// oldResponseOfAnother: the server accepts such responses of bob, so that those
// of alice are refused for another reason.
func oldResponseOfAnother(s *stage) {
	web := web01()
	b := bob
	b.Response = ntlmtest.NTLMv1
	y := s.dial(pc2, web)
	hb := y.login(b, "/reports")
	y.Close()
	client := alice
	client.Response, client.Password = ntlmtest.NTLMv1, "Spring-2062"
	x := s.dial(pc1, web)
	h := x.login(client, "/reports")
	x.Close()
	s.want(refusedAs(x, h))
	for _, f := range []finding{
		{user: corpBob, client: pc2, evidence: frames(hb.authenticate)},
		{user: corpAlice, client: pc1, evidence: frames(h.authenticate)},
	} {
		f.rule, f.severity, f.confidence, f.servers = "ntlmv1", "high", "high", sites(web)
		s.want(f)
	}
}

// crowdOfNewResponses: everybody speaks NTLMv2, with LMv2 responses of 24 bytes
// beside it, and two mistype.
func crowdOfNewResponses(s *stage) {
	web := web01()
	web.NoTimestamp = true
	for _, c := range []ntlmtest.Client{alice, bob} {
		pc := map[string]capturetest.Host{"alice": pc1, "bob": pc2}[c.User]
		x := s.dial(pc, web)
		x.login(c, "/reports")
		wrong := c
		wrong.Password = "Spring-2062"
		y := s.dial(pc, web)
		f := refusedAs(y, y.login(wrong, "/reports"))
		f.user = `CORP\` + c.User
		s.want(f)
		x.Close()
		y.Close()
	}
}
