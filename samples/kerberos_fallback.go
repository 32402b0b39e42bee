package samples

import "ntlmtrace/capture/capturetest/ntlmtest"

var kerberosFallback = []story{
	{"hit-mechanism-list", mechanismList},
	{"hit-server-chooses-ntlm", serverChoosesNTLM},
	{"hit-raw-token", rawToken},
	{"miss-kerberos", kerberosAccepted},
	{"miss-ntlm-scheme", normalLogon},
	{"miss-negotiate-lost", negotiateLost},
}

func fallback(x *session, h handshake) finding {
	return finding{
		rule: "kerberos-fallback", severity: "low", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(h.negotiate),
	}
}

// mechanismList: the client names Kerberos first, has no ticket, and sends NTLM
// in the same token.
func mechanismList(s *stage) {
	x := s.dial(pc1, web01())
	x.get("/reports")
	h := x.loginSPNEGO(alice, "/reports", ntlmtest.OIDMSKerberos, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)
	x.Close()
	s.want(fallback(x, h))
}

// serverChoosesNTLM: the client sends a ticket and says that it could do NTLM
// as well; the server is in no domain, and chooses that.
func serverChoosesNTLM(s *stage) {
	web := web01()
	web.workgroup = true
	x := s.dial(pc1, web)
	x.get("/reports", negotiate(ticket(web.DNSName)))
	chosen := x.got
	h := handshake{}
	h.negotiate, h.challenge = x.present("Negotiate", "/reports", ntlmtest.NegTokenResp(-1, nil, alice.Negotiate()))
	h.token = x.answer(alice)
	h.authenticate, h.result = x.present("Negotiate", "/reports", ntlmtest.NegTokenResp(-1, nil, h.token))
	x.Close()
	f := fallback(x, h)
	f.evidence = frames(chosen)
	s.want(f)
}

// rawToken: curl without Kerberos sends NTLM as it is under Negotiate. Nothing
// says that it wanted anything else.
func rawToken(s *stage) {
	client := alice
	client.Stack = ntlmtest.GoNTLMSSP
	x := s.dial(pc1, web01())
	x.agent = "Go-http-client/1.1"
	x.get("/reports")
	h := x.loginAs("Negotiate", client, "/reports")
	x.Close()
	f := fallback(x, h)
	f.severity, f.evidence = "info", frames(h.authenticate)
	s.want(f)
}

// kerberosAccepted: a ticket, and no NTLM.
func kerberosAccepted(s *stage) {
	web := web01()
	web.service = web.DNSName
	x := s.dial(pc1, web)
	x.get("/reports")
	x.get("/reports", negotiate(ticket(web.DNSName)))
	x.Close()
}

// negotiateLost: the capture begins behind the message that names the
// mechanisms.
func negotiateLost(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.Lose(2)
	x.begin("NTLM", alice, "/reports")
	x.get("/reports", ntlm(x.answer(alice)))
	x.Close()
	s.want(incomplete())
}
