package samples

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// isRelayed: the token goes on as it is, and the attacker asks for what the
// victim did not.
func (p *part) isRelayed() {
	p.relays(p.servers.files, func(token []byte) []byte { return token })
}

// isRelayedWithChanges: the attacker takes the signing flags and the MIC out,
// as for a server that would sign.
func (p *part) isRelayedWithChanges() {
	p.relays(p.servers.lax, func(token []byte) []byte {
		b := append([]byte(nil), token...)
		const sign, alwaysSign = 0x10, 0x8000 // MS-NLMP section 2.2.2.5
		flags := binary.LittleEndian.Uint32(b[60:])
		binary.LittleEndian.PutUint32(b[60:], flags&^(sign|alwaysSign))
		clear(b[72:88])
		return b
	})
}

func (p *part) relays(target *site, change func([]byte) []byte) {
	trap := p.decoy()
	victim, attack := p.open(trap), p.call(trap.at.Host, target)
	attack.agent = "python-requests/2.31"
	victim.get("/share/logo.png")
	victim.ask("/share/logo.png", ntlm(p.user.Negotiate()))
	p.work()
	attack.get("/share/", ntlm(tokenOf(victim.end())))
	p.work()
	challenge := "WWW-Authenticate: NTLM " + base64.StdEncoding.EncodeToString(attack.logon.challenge)
	victim.answerWith(verdict{status: http.StatusUnauthorized, body: 20, fields: []string{challenge}})
	u := p.user
	u.SPN = "HTTP/" + victim.host
	victim.ask("/share/logo.png", ntlm(u.Authenticate(attack.logon.negotiate, attack.logon.challenge)))
	p.work()
	attack.get("/share/", ntlm(change(tokenOf(victim.end()))))
	p.work()
	victim.answerWith(verdict{status: http.StatusNotFound, body: 20})
	for n := range 3 {
		p.pause(p.between(20*time.Millisecond, 400*time.Millisecond))
		attack.get(fmt.Sprintf("/share/payroll/%d", n))
	}
	victim.close()
	attack.Close()
}

// clientFields are those in which balancers name a client.
var clientFields = []string{"X-Forwarded-For: %s", "X-Real-IP: %s", "X-Client-IP: %s", "Forwarded: for=%s", "True-Client-IP: %s"}

// bleedsByHeader: a request of a colleague goes over the connection on which
// the user has logged on, and the balancer says whose it is.
func (p *part) bleedsByHeader() {
	field := clientFields[p.pick(len(clientFields))]
	p.bleeds(func(l *leg) []string { return []string{fmt.Sprintf(field, p.seenOutside(l))} })
}

// seenOutside is the address that a server sees of a leg. The office has one
// for all, so colleagues that are to be told apart are elsewhere.
func (p *part) seenOutside(l *leg) string { return p.seen(l.end().From().Addr).String() }

// bleedsByTiming: the balancer names nobody; only the connections on its other
// side show whose request it was.
func (p *part) bleedsByTiming() { p.bleeds(func(*leg) []string { return nil }) }

func (p *part) bleeds(fields func(*leg) []string) {
	t := p.balanced(p.node())
	t.fields = fields(t.front)
	t.login(p, "/shop/")
	p.think()
	p.taken++
	branch := capturetest.NewHost(fmt.Sprintf("10.23.0.%d", 1+p.taken%250)) // not behind the office's router
	other := t
	other.front = &leg{session: p.call(branch, p.servers.lb), part: p}
	other.fields = fields(other.front)
	for range 1 + p.pick(2) {
		other.pass("/shop/basket")
		p.think()
	}
	t.front.close()
	other.front.close()
	t.back.Close()
}

// isGuessed: twenty and more passwords for the account.
func (p *part) isGuessed() {
	p.guessesFrom(1)
	p.story.Decided = false // one row may name several accounts of an address
	for n := range 21 + p.pick(5) {
		p.guesses(p.user.User, fmt.Sprint("Spring-", 2000+n))
	}
}

// sprays: one password for many accounts, of which nobody is accepted.
func (p *part) sprays() {
	p.story.User = ""
	p.guessesFrom(0)
	for range 14 + p.pick(8) {
		p.guesses(p.newUser().User, "Spring2026!")
	}
}

// guessesFrom puts one of those who guess outside the office, another one for
// other seeds: where the office has one address, both would be one row.
func (p *part) guessesFrom(outside int) {
	if int(p.Seed/10%2) == outside {
		p.taken++
		p.at = capturetest.NewHost(fmt.Sprintf("10.25.0.%d", 1+p.taken%250))
	}
}

// guesses is one refused logon.
func (p *part) guesses(user, password string) {
	l := p.open(p.servers.exch)
	l.agent = "python-requests/2.31"
	l.login(ntlmtest.Client{User: user, Domain: "CORP", Password: password, Stack: ntlmtest.Curl}, "/owa/")
	l.close()
	p.pause(p.between(time.Second, 6*time.Second))
}
