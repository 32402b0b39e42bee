package samples

import (
	"net/http"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// atTheGate logs a person on to the forward proxy that wants NTLM.
func (p *part) atTheGate(c ntlmtest.Client, target string) *session {
	x := p.call(p.at, p.servers.gate)
	x.host = "www.example.com"
	x.ask(target)
	x.reply()
	p.gateLogin(x, c, target)
	return x
}

// gateLogin is the handshake alone. What the proxy lets through is a page.
func (p *part) gateLogin(x *session, c ntlmtest.Client, target string) {
	x.begin("NTLM", c, target)
	p.work()
	x.ask(target, toProxy(ntlm(x.answer(c))))
	p.work()
	x.reply()
}

// visitsSitesThroughTheGate: one connection to the proxy, a logon there, a
// handshake with each of two sites, and a site that wants none.
func (p *part) visitsSitesThroughTheGate() {
	x := p.atTheGate(p.user, "http://www.example.com/")
	for _, w := range []*site{p.servers.files, p.servers.open} {
		from := &stage{name: "elsewhere", capture: capturetest.New()}
		from.capture.Wait(p.capture.Now().Sub(from.capture.Now()))
		behind := from.dial(p.servers.gate.at.Host, w)
		x.host = w.DNSName
		ask := func(target string, fields ...string) {
			x.ask("http://"+w.DNSName+target, fields...)
			p.work()
			behind.ask(target, fields...)
			behind.reply()
			v := behind.last
			v.fields = append(v.fields[:len(v.fields):len(v.fields)], "Via: 1.1 gate (squid/5.7)", "Proxy-Support: Session-Based-Authentication")
			x.respond(v)
		}
		ask("/a/")
		ask("/a/", ntlm(p.user.Negotiate()))
		u := p.user
		u.SPN = "HTTP/" + w.DNSName
		ask("/a/", ntlm(behind.answer(u)))
		p.think()
		ask("/a/2")
	}
	x.host = "www.example.com"
	x.ask("http://www.example.com/news")
	x.respond(verdict{status: http.StatusOK, body: 400})
	x.Close()
}

// mistypesAtTheGate: a person's errors, at a person's pace.
func (p *part) mistypesAtTheGate() {
	wrong := p.user
	wrong.Password += "1"
	const target = "http://www.example.com/"
	x := p.atTheGate(wrong, target)
	p.pause(p.between(4*time.Second, 12*time.Second))
	p.gateLogin(x, p.user, target)
	p.think()
	x.get(target + "2")
	x.Close()
}

// loopsAtTheGate: a saved password that is wrong, tried at machine speed.
func (p *part) loopsAtTheGate() {
	wrong := p.user
	wrong.Password = "the old one"
	for range 4 {
		x := p.atTheGate(wrong, "http://www.example.com/update")
		x.Close()
		p.pause(p.between(30*time.Millisecond, 300*time.Millisecond))
	}
}
