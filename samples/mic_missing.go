package samples

import "ntlmtrace/capture/capturetest/ntlmtest"

var micMissing = []story{
	{"hit-zero", micZero},
	{"hit-no-room", micNoRoom},
	{"miss-curl", ntlmv2OfCurl},
	{"miss-go-ntlmssp", logonOfGoNTLMSSP},
	{"miss-no-timestamp", ntlmv2WithoutTimestamp},
	{"miss-out-of-order", outOfOrder},
}

func withoutMIC(x *session, h handshake) finding {
	return finding{
		rule: "mic-missing", severity: "medium", confidence: "medium",
		user: corpAlice, client: pc1, servers: sites(x.site), evidence: frames(h.authenticate),
	}
}

// micZero: the response promises a MIC, and there are 16 zeros. A server that
// does not look lets alice in.
func micZero(s *stage) {
	client := alice
	client.NoMIC = true
	web := web01()
	web.IgnoresMIC = true
	x := s.dial(pc1, web)
	h := x.login(client, "/reports")
	x.Close()
	s.want(withoutMIC(x, h))
}

// micNoRoom: the same, with a header that ends where the MIC would begin.
func micNoRoom(s *stage) {
	client := alice
	client.OldHeader = true
	web := web01()
	web.IgnoresMIC = true
	x := s.dial(pc1, web)
	h := x.login(client, "/reports")
	x.Close()
	s.want(withoutMIC(x, h))
}

// logonOfGoNTLMSSP: a client that promises no MIC and sends none.
func logonOfGoNTLMSSP(s *stage) {
	client := alice
	client.Stack = ntlmtest.GoNTLMSSP
	x := s.dial(pc1, web01())
	x.agent = "Go-http-client/1.1"
	x.get("/reports")
	x.login(client, "/reports")
	x.Close()
}
