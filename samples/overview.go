package samples

import "time"

// overview is the samples that the manual shows.
var overview = []story{
	{"double-hop", mailboxWithTheTokenOfTheFrontEnd},
	{"basic-second-hop", mailboxWithBasic},
}

// mailboxWithTheTokenOfTheFrontEnd is the story of KB183545. Alice logs on to
// the front end, which sends her on to the server that holds her mailbox. Her
// client sends the token that it has; that server never asked for it.
func mailboxWithTheTokenOfTheFrontEnd(s *stage) {
	web, mbx := web01(), mbx02()

	front := s.dial(pc1, web)
	front.get("/exchange/logon.asp")
	first := front.login(alice, "/exchange/logon.asp")
	front.Wait(2 * time.Second)

	mailbox := s.dial(pc1, mbx)
	mailbox.get("/exchange/alice/inbox", ntlm(first.token))
	mailbox.Wait(4 * time.Second)
	mailbox.Close()
	front.Close()

	s.want(finding{
		rule: "double-hop-token-replay", severity: "high", confidence: "high",
		user: corpAlice, client: pc1, servers: sites(web, mbx),
		evidence: frames(first.authenticate, first.result, mailbox.sent, mailbox.got),
	})
}

// mailboxWithBasic is what works instead: the front end has alice's password,
// and logs on to the second server with it.
func mailboxWithBasic(s *stage) {
	web := web01().offering("Negotiate", "NTLM", `Basic realm="corp.example"`)
	mbx := mbx02().offering("Negotiate", "NTLM", `Basic realm="corp.example"`)

	front := s.dial(pc1, web)
	front.get("/exchange/logon.asp")
	front.Wait(6 * time.Second)
	front.ask("/exchange/logon.asp", basic(alice))
	mailbox := s.dial(web.at.Host, mbx)
	mailbox.agent = "WEB01 mail gateway"
	mailbox.get("/exchange/alice/inbox", basic(alice))
	front.reply()
	mailbox.Close()
	front.Wait(3 * time.Second)
	front.Close()

	s.want(basicForwardedFinding(front, mailbox))
	s.want(cleartext(front, "alice"))
	s.want(cleartext(mailbox, "alice"))
}

// basicForwardedFinding is that of a front end that logs on to a back end with
// the password that it was given.
func basicForwardedFinding(front, back *session) finding {
	return finding{
		rule: "basic-forwarded", severity: "info", confidence: "high",
		user: "alice", client: front.From().Host, servers: sites(front.site, back.site),
		evidence: frames(front.sent, front.got, back.sent, back.got),
	}
}

// cleartext is the finding for the Basic credentials in the last request of a
// connection.
func cleartext(x *session, user string) finding {
	return finding{
		rule: "basic-cleartext", severity: "medium", confidence: "high",
		user: user, client: x.From().Host, servers: sites(x.site), evidence: frames(x.sent),
	}
}
