package samples

import "ntlmtrace/capture/capturetest/ntlmtest"

var kerberosRefused = []story{
	{"hit-ticket-for-another-name", ticketForAnotherName},
	{"hit-ticket-under-ntlm", ticketUnderNTLM},
	{"miss-crowd-of-aliases", crowdOfAliases},
	{"miss-spnego-under-ntlm", spnegoUnderNTLM},
	{"hit-ticket-for-another-account", ticketForAnotherAccount},
	{"hit-refused-without-a-reason", refusedWithoutAReason},
	{"miss-kerberos", kerberosAccepted},
	{"miss-ticket-for-every-request", ticketForEveryRequest},
	{"miss-answer-lost", ticketAnswerLost},
}

func refusedTicket(x *session, confidence string) finding {
	return finding{
		rule: "kerberos-refused", severity: "medium", confidence: confidence,
		client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	}
}

// ticketForAnotherAccount: the SPN is registered on an account that the server
// does not run as (KRB_AP_ERR_MODIFIED). The browser goes on with NTLM.
func ticketForAnotherAccount(s *stage) {
	web := web01()
	web.krbError = 41
	x := s.dial(pc1, web)
	x.get("/reports")
	x.get("/reports", negotiate(ticket(web.DNSName)))
	s.want(refusedTicket(x, "high"))
	x.login(alice, "/reports")
	x.Close()
}

// refusedWithoutAReason: a new offer is all the answer.
func refusedWithoutAReason(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.get("/reports")
	x.get("/reports", negotiate(ticket(web.DNSName)))
	s.want(refusedTicket(x, "medium"))
	x.Close()
}

// ticketForEveryRequest: the client sends a ticket each time, and is let in.
func ticketForEveryRequest(s *stage) {
	web := web01()
	web.service, web.perRequest = web.DNSName, true
	x := s.dial(pc1, web)
	for range 3 {
		x.get("/reports", negotiate(ticket(web.DNSName)))
	}
	x.Close()
}

// ticketAnswerLost: nobody can say what the server answered.
func ticketAnswerLost(s *stage) {
	web := web01()
	web.service = web.DNSName
	x := s.dial(pc1, web)
	x.ask("/reports", negotiate(ticket(web.DNSName)))
	x.Lose(1)
	x.reply()
	x.get("/reports/2")
	x.Close()
	s.want(incomplete())
}

// ticketForAnotherName: the portal is an alias of WEB01, whose ticket the client
// gets, and runs as an account of its own.
func ticketForAnotherName(s *stage) {
	web := web01()
	x := s.dial(pc1, web)
	x.host = "portal.corp.example"
	x.get("/", negotiate(ticket(web.DNSName)))
	s.want(refusedTicket(x, "medium"))
	x.Close()
}

// ticketUnderNTLM: a local proxy puts its ticket under the wrong scheme.
func ticketUnderNTLM(s *stage) {
	proxy := newSite("PROXY1", "proxy1.corp.example", "10.9.0.5").on(8080).offering("NTLM")
	proxy.proxy = true
	x := s.dial(pc1, proxy)
	x.agent, x.method, x.host = "px", "CONNECT", "repo.example:443"
	for i := range 2 {
		x.get("repo.example:443", toProxy(ntlm(ticket(proxy.DNSName))))
		if i == 0 {
			s.want(refusedTicket(x, "high"))
		}
	}
	x.Close()
}

// crowdOfAliases: many names lead to WEB01, all with tickets for its own name,
// which it accepts.
func crowdOfAliases(s *stage) {
	web := kerberosSite()
	for _, host := range []string{"portal.corp.example", "wiki", "web01", "10.9.0.20"} {
		x := s.dial(pc1, web)
		x.host = host
		x.get("/", negotiate(ticket(web.DNSName)))
		x.Close()
	}
}

// spnegoUnderNTLM: a client and a server that both wrap their messages under
// NTLM, and agree.
func spnegoUnderNTLM(s *stage) {
	x := s.dial(pc1, web01())
	x.present("NTLM", "/", ntlmtest.NegTokenInit(alice.Negotiate(), ntlmtest.OIDNTLM))
	x.present("NTLM", "/", ntlmtest.NegTokenResp(-1, nil, x.answer(alice)))
	x.Close()
}
