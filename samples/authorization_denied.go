package samples

import "net/http"

var authorizationDenied = []story{
	{"hit-other-page", accessDeniedAfterLogon},
	{"hit-forbidden", forbidden},
	{"miss-wrong-password", oldPassword},
	{"miss-first-request-without-credentials", normalLogon},
	{"miss-logon-for-every-request", logonForEveryRequest},
	{"miss-answer-not-captured", answerNotCaptured},
}

// forbidden: the answer to the logon itself is 403: the server knows alice, and
// has nothing for her.
func forbidden(s *stage) {
	x := s.dial(pc1, web01())
	h := handshake{}
	x.begin("NTLM", alice, "/payroll")
	x.ask("/payroll", ntlm(x.answer(alice)))
	h.authenticate = x.sent
	x.fail(http.StatusForbidden)
	h.result = x.got
	x.Close()
	s.want(denied(x, h))
}
