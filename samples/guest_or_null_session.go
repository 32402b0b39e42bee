package samples

var guestOrNullSession = []story{
	{"hit-monitor", anonymousMonitor},
	{"hit-refused", nobodyIsRefused},
	{"miss-normal-logon", normalLogon},
	{"miss-inside-a-request", impersonatedPage},
	{"miss-challenge-lost", anonymousOrNot},
}

// nobodyIsRefused: a script without credentials tries its luck.
func nobodyIsRefused(s *stage) {
	x := s.dial(pc1, web01())
	x.agent = "inventory/2.1"
	x.begin("NTLM", nobody, "/reports")
	x.ask("/reports", ntlm(x.answer(nobody)))
	x.reply()
	x.Close()
	s.want(finding{
		rule: "guest-or-null-session", severity: "info", confidence: "high",
		client: pc1, servers: sites(x.site), evidence: frames(x.sent, x.got),
	})
}
