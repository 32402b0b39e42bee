package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

var negotiateNotOffered = []story{
	{"hit-ntlm-only", ntlmOnly},
	{"hit-basic-only", basicOnly},
	{"miss-negotiate-first", normalLogon},
	{"miss-one-field-for-all", oneFieldForAll},
	{"miss-offer-not-captured", offerNotCaptured},
	{"miss-crowd-of-offers", crowdOfOffers},
}

func notOffered(x *session) finding {
	return finding{
		rule: "negotiate-not-offered", severity: "low", confidence: "high",
		servers: sites(x.site), evidence: frames(x.got),
	}
}

// ntlmOnly: Kerberos is out of the question, by configuration.
func ntlmOnly(s *stage) {
	x := s.dial(pc1, web01().offering("NTLM"))
	x.get("/reports")
	s.want(notOffered(x))
	x.login(alice, "/reports")
	x.Close()
}

// basicOnly: the same for a server that knows Basic alone.
func basicOnly(s *stage) {
	x := s.dial(pc1, web01().offering(`Basic realm="corp.example"`))
	x.get("/reports")
	s.want(notOffered(x))
	x.Wait(5 * time.Second)
	x.get("/reports", basic(alice))
	s.want(cleartext(x, "alice"))
	x.Close()
}

// oneFieldForAll: the offers stand in one field, Negotiate last.
func oneFieldForAll(s *stage) {
	x := s.dial(pc1, web01().offering(`Basic realm="a, b", NTLM, negotiate`))
	x.get("/reports")
	x.login(alice, "/reports")
	x.Close()
}

// offerNotCaptured: the client knows the server and begins at once; a challenge
// names the scheme that is in use, not what there is to choose from.
func offerNotCaptured(s *stage) {
	x := s.dial(pc1, web01().offering("NTLM"))
	x.login(alice, "/reports")
	x.Close()
}

// crowdOfOffers: an office logs on with NTLM, of which each CHALLENGE repeats
// nothing but that scheme, at sites that offer Negotiate in all the ways in
// which it can be written.
func crowdOfOffers(s *stage) {
	web := web01()
	for i, offers := range [][]string{
		{"Negotiate", "NTLM"}, {"NTLM", "Negotiate"}, {"NTLM, Negotiate"}, {"negotiate", "NTLM", `Basic realm="corp.example"`},
		{`Basic realm="NTLM, Basic"`, "NTLM", "NEGOTIATE"},
	} {
		x := s.dial(capturetest.NewHost(fmt.Sprintf("10.9.0.%d", 100+i)), web.offering(offers...))
		x.get("/reports")
		x.login([]ntlmtest.Client{alice, bob}[i%2], "/reports")
		x.Close()
	}
}
