package samples

import (
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
)

var requestBodyResent = []story{
	{"hit-upload-sent-twice", uploadSentTwice},
	{"hit-upload-sent-twice-again", uploadSentTwiceAgain},
	{"miss-empty-post-first", emptyPostFirst},
	{"miss-expect-continue", expectContinue},
	{"miss-body-sent-once", bodySentOnce},
	{"miss-body-retransmitted", bodyRetransmitted},
}

// upload is as large as an upload must be to matter.
var upload = strings.Repeat("0123456789abcdef", 5<<10)

func bodyResent(x *session, user string) finding {
	return finding{
		rule: "request-body-resent", severity: "low", confidence: "high",
		user: user, client: pc1, servers: sites(x.site), evidence: frames(x.sent),
	}
}

// uploadSentTwice: the client sends the whole file with its first message, and
// again with the last.
func uploadSentTwice(s *stage) {
	x := s.dial(pc1, web01(), capturetest.MSS(16000))
	x.method, x.body = "PUT", upload
	x.login(alice, "/files/report.doc")
	s.want(bodyResent(x, corpAlice))
	x.Close()
}

// uploadSentTwiceAgain: a script sends a file on each of two connections, whole
// with the NEGOTIATE and whole with the AUTHENTICATE.
func uploadSentTwiceAgain(s *stage) {
	for i := range 2 {
		x := s.dial(pc1, web01(), capturetest.MSS(16000))
		x.method, x.body = "POST", upload
		x.login(alice, "/import")
		if i == 0 {
			s.want(bodyResent(x, corpAlice))
		}
		x.Close()
		x.Wait(5 * time.Second)
	}
}

// emptyPostFirst: the browser holds the form back until it knows the
// challenge.
func emptyPostFirst(s *stage) {
	x := s.dial(pc1, web01())
	x.method = "POST"
	x.get("/form", ntlm(alice.Negotiate()), "Content-Length: 0")
	x.body = "subject=Report&text=Ready"
	x.get("/form", ntlm(x.answer(alice)))
	x.Close()
}

// expectContinue: the client asks before it sends the file.
func expectContinue(s *stage) {
	x := s.dial(pc1, web01())
	x.method = "PUT"
	x.get("/files/report.doc", ntlm(alice.Negotiate()), "Content-Length: 0")
	head := capturetest.Request("PUT", "/files/report.doc", x.host, ntlm(x.answer(alice)),
		"Expect: 100-continue", "Content-Length: 4096")
	x.fields = []string{ntlm(x.answer(alice))}
	x.Client(head)
	x.Server("HTTP/1.1 100 Continue\r\n\r\n")
	x.Client(upload[:4096])
	x.reply()
	x.Close()
}

// bodySentOnce: alice has logged on before she sends the file.
func bodySentOnce(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/files/")
	x.method, x.body = "PUT", upload[:8192]
	x.get("/files/report.doc")
	x.Close()
}

// bodyRetransmitted: TCP sends the file twice, the client once.
func bodyRetransmitted(s *stage) {
	x := s.dial(pc1, web01())
	x.login(alice, "/files/")
	x.method, x.body = "PUT", upload[:4096]
	x.ask("/files/report.doc")
	x.Retransmit()
	x.reply()
	x.Close()
}
