package samples

import (
	"time"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

var tlsTerminatedUpstream = []story{
	{"hit-refused", boundRefused},
	{"hit-accepted", boundAccepted},
	{"hit-mistyped", boundMistyped},
	{"miss-zero-binding", normalLogon},
	{"miss-crowd-without-tls", crowdWithoutTLS},
	{"miss-curl", ntlmv2OfCurl},
	{"miss-cut-token", cutToken},
}

// boundTo is c with a token that is bound to the TLS channel of a balancer.
func boundTo(c ntlmtest.Client) ntlmtest.Client {
	c.Bindings = []byte("0123456789abcdef")
	return c
}

// boundRefused: behind the balancer that ends TLS the server wants Extended
// Protection.
func boundRefused(s *stage) {
	web := web01()
	for i := range 2 {
		x := s.dial(balancer().at.Host, web)
		h := x.refusedLogon(boundTo(alice), "/reports")
		x.Close()
		if i == 0 {
			s.want(finding{
				rule: "tls-terminated-upstream", severity: "medium", confidence: "medium",
				client: balancer().at.Host, servers: sites(web), evidence: frames(h.authenticate, h.result),
			})
		}
		s.capture.Wait(2 * time.Second)
	}
}

// boundNoted is the note about tokens that are accepted.
func boundNoted(x *session) finding {
	return finding{rule: "tls-terminated-upstream", severity: "info", confidence: "high", client: x.From().Host, servers: sites(x.site)}
}

// boundAccepted: the server does not look at the binding.
func boundAccepted(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	x.login(boundTo(alice), "/reports")
	s.want(boundNoted(x))
	x.Close()
}

// boundMistyped: the server takes such tokens, and one password is wrong.
func boundMistyped(s *stage) {
	x := s.dial(balancer().at.Host, web01())
	client := boundTo(alice)
	client.Password = "Winter-2025"
	h := x.login(client, "/reports")
	s.want(refusedAs(x, h))
	x.Wait(90 * time.Second)
	x.login(boundTo(alice), "/reports")
	s.want(boundNoted(x))
	x.Close()
}

// crowdWithoutTLS: browsers inside the company, all with sixteen zero bytes, and
// one who mistypes.
func crowdWithoutTLS(s *stage) {
	web := web01()
	for range 3 {
		a, b := s.dial(pc1, web), s.dial(pc2, web)
		a.login(alice, "/reports")
		b.login(bob, "/reports")
		a.Close()
		b.Close()
	}
	x := s.dial(pc1, web)
	client := alice
	client.Password = "Winter-2025"
	s.want(refusedAs(x, x.login(client, "/reports")))
	x.Close()
}
