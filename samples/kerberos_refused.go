package samples

var kerberosRefused = []story{
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
