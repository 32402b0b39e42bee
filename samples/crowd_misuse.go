package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
)

// replaysTheTokenAtB: a program keeps the field that worked, and sends it to
// the next server.
func (p *part) replaysTheTokenAtB() {
	a := p.open(p.servers.web)
	token := p.logsOn(a)
	p.think()
	b := p.open(p.servers.backs[p.pick(3)])
	b.ask("/inbox", ntlm(token))
	p.work()
	if p.chance(3) { // whatever it says, it cannot verify the token
		b.answerWith(verdict{status: 403, body: 70, fields: b.end().site.marks("Microsoft-IIS/10.0")})
	} else {
		b.reply()
	}
	b.close()
	a.close()
}

// replaysAfterAChallenge: the second server issues a challenge of its own, and
// is answered with the token for the first one's.
func (p *part) replaysAfterAChallenge() {
	a := p.open(p.servers.web)
	token := p.logsOn(a)
	p.think()
	b := p.open(p.servers.backs[p.pick(3)])
	b.get("/inbox", ntlm(p.user.Negotiate()))
	p.work()
	b.get("/inbox", ntlm(token))
	b.close()
	a.close()
}

func (p *part) logsOn(l *leg) []byte { return l.browse(p.user, "/") }

// isForwardedByThePortal: the portal copies the Authorization field, before it
// has answered, or later in a job of its own. Who forwards later from another
// address cannot be told from a client that has one more.
func (p *part) isForwardedByThePortal() {
	l := p.open(p.servers.web)
	l.get("/copies")
	l.get("/copies", ntlm(p.user.Negotiate()))
	p.working[p] = false
	l.ask("/copies", ntlm(l.answer(p.user)))
	p.work()
	e := l.end()
	v := e.site.decide(&e.logon, e.credentials(), e)
	late := p.chance(3) && p.servers.inside == p.servers.web.at.Host
	if late {
		l.answerWith(v)
		p.pause(p.between(time.Second, 4*time.Second))
	}
	back := p.call(p.servers.inside, p.servers.backs[p.pick(3)])
	back.agent = "WEB01 copies"
	back.get("/copies", ntlm(tokenOf(e)))
	p.work()
	if !late {
		v.status, v.body = 502, 90
		l.answerWith(v)
	}
	p.hasAnswer()
	back.Close()
	l.close()
}

// resendsAStaleToken: the field of the last connection on a new one.
func (p *part) resendsAStaleToken() {
	a := p.open(p.servers.files)
	token := p.logsOn(a)
	p.think()
	a.hangUp()
	p.think()
	b := p.open(p.servers.files)
	b.get("/share/again", ntlm(token))
	p.work()
	b.login(p.user, "/share/again")
	b.close()
}

// isRobbed: somebody who could read the traffic sends the token to the same
// server.
func (p *part) isRobbed() {
	a := p.open(p.servers.files)
	token := p.logsOn(a)
	p.think()
	p.taken++
	thief := p.call(capturetest.NewHost(fmt.Sprintf("10.22.0.%d", 1+p.taken%250)), p.servers.files)
	thief.agent = "python-requests/2.31"
	thief.get("/share/payroll", ntlm(token))
	thief.Close()
	a.close()
}

// isSplitOverConnections: the balancer takes another connection to the same
// server for the third message, again and again.
func (p *part) isSplitOverConnections() { p.isSplit(p.servers.farm[0], p.servers.farm[0]) }

// isSplitOverServers: the same with two servers.
func (p *part) isSplitOverServers() { p.isSplit(p.servers.farm[0], p.servers.farm[1]) }

func (p *part) isSplit(one, other *site) {
	for range 2 {
		t := p.balanced(one)
		second := t
		second.back = p.call(p.servers.lb.at.Host, other)
		t.pass("/shop/", ntlm(p.user.Negotiate()))
		second.pass("/shop/", ntlm(t.answer(p)))
		t.front.close()
		t.back.Close()
		second.back.Close()
		p.pause(p.between(50*time.Millisecond, 300*time.Millisecond))
	}
}
