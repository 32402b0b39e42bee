package samples

import (
	"time"

	"ntlmtrace/capture/capturetest"
)

var basicCleartext = []story{
	{"hit-after-a-prompt", basicAfterAPrompt},
	{"hit-to-a-proxy", basicToAProxy},
	{"miss-digest-and-bearer", digestAndBearer},
	{"miss-field-inside-a-page", fieldInsideAPage},
	{"miss-offer-only", basicOfferOnly},
	{"miss-cut-before-the-field", cutBeforeTheField},
}

// withBasic is what a 401 names that Basic may answer.
var withBasic = []string{"Negotiate", "NTLM", `Basic realm="corp.example"`}

// basicAfterAPrompt: the browser asks alice, and sends what she types.
func basicAfterAPrompt(s *stage) {
	a := s.dial(pc1, web01().offering(withBasic...))
	a.get("/reports")
	a.Wait(7 * time.Second)
	a.get("/reports", basic(alice))
	s.want(cleartext(a, "alice"))
	a.Close()
}

// basicToAProxy: the same, to a proxy.
func basicToAProxy(s *stage) {
	squid := newSite("PROXY01", "proxy01.corp.example", "10.9.0.5").on(3128).offering(withBasic...)
	squid.proxy = true
	a := s.dial(pc1, squid)
	a.host = "www.example.com"
	a.get("http://www.example.com/")
	a.Wait(7 * time.Second)
	a.get("http://www.example.com/", toProxy(basic(bob)))
	s.want(cleartext(a, "bob"))
	a.Close()
}

// digestAndBearer: schemes that show no password.
func digestAndBearer(s *stage) {
	web := web01().offering("Negotiate", "NTLM", `Digest realm="corp.example", qop="auth", nonce="7ypf/xlj9XXwfDPEoM4URrv"`, "Bearer")
	web.trusts = []string{"Digest", "Bearer"}
	a := s.dial(pc1, web)
	a.get("/reports")
	a.get("/reports", `Authorization: Digest username="alice", realm="corp.example", nonce="7ypf/xlj9XXwfDPEoM4URrv", `+
		`uri="/reports", qop=auth, nc=00000001, cnonce="f2/wE4q74E6z", response="8ca523f5e9506fed4657c9700eebdbec"`)
	a.get("/api/reports", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.")
	a.Close()
}

// fieldInsideAPage: a page explains Basic, down to an example.
func fieldInsideAPage(s *stage) {
	web := web01()
	web.open = true
	a := s.dial(pc1, web)
	a.body = "The client sends\r\n\r\nGET / HTTP/1.1\r\nHost: web01.corp.example\r\n" + basic(alice) + "\r\n\r\nand is let in.\r\n"
	a.method = "POST"
	a.get("/wiki/save")
	a.Close()
}

// basicOfferOnly: the server would take Basic; the client has something better.
func basicOfferOnly(s *stage) {
	a := s.dial(pc1, web01().offering(withBasic...), capturetest.MSS(536))
	a.get("/reports")
	a.login(alice, "/reports")
	a.Close()
}

// cutBeforeTheField: every packet ends before its credentials.
func cutBeforeTheField(s *stage) {
	s.tap(capturetest.Snaplen(120))
	a := s.dial(pc1, web01().offering(withBasic...))
	a.get("/reports", basic(alice))
	a.Close()
	s.want(incomplete())
}
