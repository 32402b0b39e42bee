package samples

import (
	"encoding/base64"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

// tokenOf is the token of a session's last request.
func tokenOf(x *session) []byte {
	_, value, _ := strings.Cut(x.credentials(), " ")
	token, _ := base64.StdEncoding.DecodeString(value)
	return token
}

// becomesNobodyBehind: the portal runs as the user, and has no credentials of
// theirs to give.
func (p *part) becomesNobodyBehind() {
	p.failsBehindThePortal(func(x *session, fields []string) { p.asService(x, nobody, "/api/mine", fields...) })
}

// hasNothingBehind: the portal's client was given no credentials.
func (p *part) hasNothingBehind() {
	p.failsBehindThePortal(func(x *session, fields []string) { x.get("/api/mine", fields...) })
}

// becomesTheMachineBehind: the back end lets the machine account in, and gives
// it nothing.
func (p *part) becomesTheMachineBehind() {
	p.failsBehindThePortal(func(x *session, fields []string) {
		x.get("/api/mine", fields...)
		p.work()
		x.get("/api/mine", append(fields, ntlm(machine.Negotiate()))...)
		p.work()
		x.ask("/api/mine", append(fields, ntlm(x.answer(machine)))...)
		p.work()
		x.fail(403)
	})
}

// failsBehindThePortal is a request that fails for what the portal does at a
// back end.
func (p *part) failsBehindThePortal(hop func(x *session, fields []string)) {
	l := p.open(p.servers.web)
	p.logsOn(l)
	p.think()
	p.asksPortal(l, "/mine")
	to := p.pick(3)
	var fields []string
	if to == api {
		fields = []string{"X-Forwarded-For: " + p.seen(p.at.Addr).String()}
	}
	x := p.call(p.servers.inside, p.servers.backs[to])
	x.agent = "WEB01 mine"
	hop(x, fields)
	p.work()
	e := l.end()
	v := e.site.decide(&e.logon, e.credentials(), e)
	v.status, v.body = 500, 90
	l.answerWith(v)
	p.story.Decided = p.hasAnswer()
	x.Close()
	l.close()
}

// answersAsOfOld: a client that is set to NTLMv1, and is let in.
func (p *part) answersAsOfOld() {
	u := p.user
	u.Response = []ntlmtest.Response{ntlmtest.NTLMv1, ntlmtest.NTLMv1ESS}[p.pick(2)]
	l := p.open(p.servers.files)
	l.browse(u, "/share/")
	p.think()
	l.get("/share/2")
	l.close()
}

// meetsNoKeepAlive: the server closes after each answer.
func (p *part) meetsNoKeepAlive() {
	p.story.User = ""
	for range 3 {
		l := p.open(p.servers.shut)
		l.get("/old/", ntlm(p.user.Negotiate()))
		l.hangUp()
		p.pause(p.between(30*time.Millisecond, 200*time.Millisecond))
	}
}

// sendsThePassword: Basic, with every request.
func (p *part) sendsThePassword() {
	p.story.User = p.user.User
	l := p.open(p.servers.open)
	l.get("/tools/")
	for range 2 + p.pick(3) {
		p.think()
		l.get("/tools/", basic(p.user))
	}
	l.close()
}

// mistypes: a wrong password, and then the right one.
func (p *part) mistypes() {
	wrong := p.user
	wrong.Password += "x"
	l := p.open(p.servers.files)
	l.browse(wrong, "/share/")
	for range p.pick(2) {
		p.pause(p.between(4*time.Second, 15*time.Second))
		wrong.Password += "y"
		l.login(wrong, "/share/")
	}
	p.pause(p.between(4*time.Second, 15*time.Second))
	l.login(p.user, "/share/")
	p.think()
	l.get("/share/2")
	l.close()
}

// mistypesBehindABalancer: the same through a balancer that keeps the
// connection.
func (p *part) mistypesBehindABalancer() {
	t := p.balanced(p.node())
	right := p.user
	p.user.Password += "x"
	t.login(p, "/shop/")
	p.user = right
	p.pause(p.between(4*time.Second, 15*time.Second))
	t.login(p, "/shop/")
	p.think()
	t.pass("/shop/2")
	t.front.close()
	t.back.Close()
}
