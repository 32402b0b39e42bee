package samples

import (
	"fmt"
	"net/netip"
	"time"

	"ntlmtrace/capture/capturetest"
)

// A through is a request's way through a machine that understands HTTP: the
// person's leg on one side, a connection to a server on the other.
type through struct {
	front  *leg
	back   *session
	fields []string // that the machine adds
}

// forwards gives what a balancer adds to requests: nothing, the client's
// address, or the client's address and port as ARR writes it.
func (p *part) forwards(front *leg) []string {
	from := front.end().From()
	client := netip.AddrPortFrom(p.seen(from.Addr), from.Port)
	switch p.pick(4) {
	case 0:
		return nil
	case 1:
		return []string{"Via: 1.1 lb01", "X-Forwarded-For: " + client.String()}
	case 2:
		return []string{"X-Forwarded-For: " + client.Addr().String(), "X-Forwarded-Proto: http"}
	}
	return []string{"X-Forwarded-For: " + client.Addr().String()}
}

// pass is a request and its answer, unchanged.
func (t through) pass(target string, fields ...string) {
	p := t.front.part
	t.front.ask(target, fields...)
	p.pause(p.between(200*time.Microsecond, 2*time.Millisecond))
	t.carry(t.back)
	t.front.answerWith(t.back.last)
}

// carry is the side of the server.
func (t through) carry(back *session) {
	p, e := t.front.part, t.front.end()
	back.agent, back.method, back.body, back.host = e.agent, e.method, e.body, t.front.host
	back.ask(e.target, append(e.fields[:len(e.fields):len(e.fields)], t.fields...)...)
	p.work()
	back.reply()
	p.pause(p.between(200*time.Microsecond, 2*time.Millisecond))
}

// login is a whole handshake with the server.
func (t through) login(p *part, target string) {
	t.pass(target)
	t.pass(target, ntlm(p.user.Negotiate()))
	t.pass(target, ntlm(t.answer(p)))
}

// answer makes the token of the person, who means the balancer's name.
func (t through) answer(p *part) []byte {
	u := p.user
	u.SPN = "HTTP/" + t.front.host
	return t.back.answer(u)
}

// balanced opens both sides of the balancer, with the server at hand.
func (p *part) balanced(node *site) through {
	front := p.open(p.servers.lb)
	return through{front, p.call(p.servers.lb.at.Host, node), p.forwards(front)}
}

func (p *part) node() *site { return p.servers.farm[p.pick(len(p.servers.farm))] }

// goesThroughPinned: each connection of the client has one of its own to the
// same server.
func (p *part) goesThroughPinned() {
	node := p.node()
	a, b := p.balanced(node), p.balanced(node)
	b.fields = a.fields
	if len(a.fields) == 1 { // the address may have a port, which is another one
		b.fields = nil
		a.fields = nil
	}
	a.login(p, "/shop/")
	b.login(p, "/shop/logo.png")
	for n := range 1 + p.pick(3) {
		p.think()
		a.pass(fmt.Sprintf("/shop/%d", n))
	}
	for _, t := range []through{a, b} {
		t.front.close()
		t.back.Close()
	}
}

// goesThroughUnpinned: the balancer takes one server after the other. The
// handshake happens to go through; the next request comes to a server that
// knows nobody, and the browser logs on there again.
func (p *part) goesThroughUnpinned() {
	t := p.balanced(p.servers.farm[0])
	t.login(p, "/shop/")
	p.think()
	other := t
	other.back = p.call(p.servers.lb.at.Host, p.servers.farm[1])
	other.login(p, "/shop/2")
	p.think()
	other.pass("/shop/3")
	t.front.close()
	t.back.Close()
	other.back.Close()
}

// goesThroughAPoolThatLogsOnAnew: two clients share a connection to the
// server, and each logs on there before its requests.
func (p *part) goesThroughAPoolThatLogsOnAnew() {
	t := p.balanced(p.node())
	other := t
	other.front = p.openFrom(p.newAddress(), p.servers.lb)
	t.fields = []string{"X-Forwarded-For: " + p.seen(t.front.end().From().Addr).String()}
	other.fields = []string{"X-Forwarded-For: " + p.seen(other.front.end().From().Addr).String()}
	colleague := *p
	colleague.user = p.newUser()
	for range 2 {
		for _, who := range []struct {
			through
			*part
		}{{t, p}, {other, &colleague}} {
			who.pass("/shop/", ntlm(who.user.Negotiate()))
			who.pass("/shop/", ntlm(who.through.answer(who.part)))
			who.pass("/shop/list")
		}
		p.think()
	}
	t.front.close()
	other.front.close()
	t.back.Close()
}

// goesThroughL4: a balancer that rewrites addresses and nothing else, captured
// on both sides.
func (p *part) goesThroughL4() {
	node := p.node()
	vip := *node // the same server, not another one of that name
	vip.at = capturetest.NewHost("10.9.0.101").At(80)
	p.taken++
	from := capturetest.NewHost("10.9.0.101").At(uint16(30000 + p.taken))
	p.own(wireConn{endpoint(from), endpoint(node.at)})
	x := p.call(p.at, &vip, capturetest.NAT(from, node.at))
	x.host = "vip.corp.example"
	x.get("/shop/")
	p.work()
	x.login(p.user, "/shop/")
	for range 1 + p.pick(3) {
		p.think()
		x.get("/shop/list")
	}
	x.Close()
}

// goesThroughARewritingProxy: it has names of its own for the server and its
// paths, compresses the pages, and shows its own error page.
func (p *part) goesThroughARewritingProxy() {
	front := p.open(p.servers.rp)
	back := p.call(p.servers.rp.at.Host, p.servers.app)
	fields := p.forwards(front)
	pass := func(target string, fail bool, more ...string) {
		front.ask("/intra"+target, more...)
		e := front.end()
		back.agent, back.host = e.agent, "app21.corp.example:8080"
		back.ask(target, append(e.fields[:len(e.fields):len(e.fields)], fields...)...)
		p.work()
		if fail {
			back.fail(500)
			front.answerWith(verdict{status: 502, body: 500, fields: []string{"Content-Type: text/html", "Server: nginx"}})
			return
		}
		back.reply()
		v := back.last
		if v.status == 200 {
			v.fields = append(v.fields[:len(v.fields):len(v.fields)], "Content-Encoding: gzip", "Vary: Accept-Encoding")
			v.body = 180 + p.pick(60)
		}
		front.answerWith(v)
	}
	pass("/orders", false)
	pass("/orders", false, ntlm(p.user.Negotiate()))
	u := p.user
	u.SPN = "HTTP/" + front.host
	pass("/orders", false, ntlm(back.answer(u)))
	for n := range 1 + p.pick(4) {
		p.think()
		pass(fmt.Sprintf("/orders/%d", n), n == 2)
	}
	front.close()
	back.Close()
}

// comesThroughTLS: what is seen is behind the machine that ends TLS, and the
// token is bound to a channel that is not there.
func (p *part) comesThroughTLS() {
	u := p.user
	u.Bindings = []byte(p.cookie()[24:40])
	u.SPN = "HTTP/secure.corp.example"
	x := p.call(capturetest.NewHost("10.9.0.110"), p.node())
	x.host = "secure.corp.example"
	fields := []string{"X-Forwarded-For: " + p.at.Addr.String(), "X-Forwarded-Proto: https"}
	x.get("/account", fields...)
	x.get("/account", append(fields, ntlm(u.Negotiate()))...)
	p.work()
	x.get("/account", append(fields, ntlm(x.answer(u)))...)
	for range 1 + p.pick(3) {
		p.think()
		x.get("/account/2", fields...)
	}
	x.Close()
}
