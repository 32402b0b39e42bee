package samples

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// A part is one actor of a crowd: a person at a machine.
type part struct {
	*crowd
	story *CrowdStory
	user  ntlmtest.Client
	at    capturetest.Host
	pause func(time.Duration)
}

// account is the user as findings name them.
func (p *part) account() string { return p.user.Domain + `\` + p.user.User }

// think lets a person's time pass.
func (p *part) think() { p.pause(p.between(900*time.Millisecond, 20*time.Second)) }

// work lets a machine's time pass.
func (p *part) work() { p.pause(p.between(2*time.Millisecond, 40*time.Millisecond)) }

// pick is a number below n.
func (c *crowd) pick(n int) int { return c.rand.IntN(n) }

// call connects a machine to a site, directly, for this part.
func (p *part) call(from capturetest.Host, to *site, options ...capturetest.ConnOption) *session {
	x := p.dial(from, to, options...)
	p.own(connOf(x))
	return x
}

// own notes that a connection is the story's.
func (p *part) own(k wireConn) { p.owners[k] = append(p.owners[k], p.story) }

func connOf(x *session) wireConn { return wireConn{endpoint(x.From()), endpoint(x.To())} }

func endpoint(e capturetest.Endpoint) netip.AddrPort { return netip.AddrPortFrom(e.Addr, e.Port) }

// seen is the address under which servers see one of the office.
func (c *crowd) seen(a netip.Addr) netip.Addr {
	if c.dress.translates && officeNet.Contains(a) {
		return natAddress
	}
	return a
}

// A leg is how a person reaches a site: a connection, or two with a forward
// proxy between them where the crowd has one.
type leg struct {
	*session          // what the person's machine has
	back     *session // from the proxy to the site, nil if there is none
	part     *part
}

// open connects the person's machine to a site.
func (p *part) open(to *site) *leg { return p.openFrom(p.at, to) }

func (p *part) openFrom(from capturetest.Host, to *site) *leg {
	if !p.dress.proxied {
		return &leg{session: p.call(from, to), part: p}
	}
	front := p.call(from, p.servers.squid)
	front.host = to.DNSName
	return &leg{session: front, back: p.call(p.servers.squid.at.Host, to), part: p}
}

// end is the session that the site itself has.
func (l *leg) end() *session {
	if l.back != nil {
		return l.back
	}
	return l.session
}

// ask sends a request, which arrives at the site.
func (l *leg) ask(target string, fields ...string) {
	if l.back == nil {
		l.session.ask(target, fields...)
		return
	}
	l.session.ask("http://"+l.host+target, fields...)
	l.part.pause(l.part.between(300*time.Microsecond, 3*time.Millisecond))
	b := l.back
	b.agent, b.method, b.body, b.host = l.agent, l.method, l.body, l.host
	b.ask(target, append(fields[:len(fields):len(fields)],
		"Via: 1.1 proxy01 (squid/5.7)", "X-Forwarded-For: "+l.From().Addr.String(), "Cache-Control: max-age=259200")...)
}

// answerWith lets the site answer with v.
func (l *leg) answerWith(v verdict) {
	if l.back == nil {
		l.respond(v)
		return
	}
	l.back.respond(v)
	l.part.pause(l.part.between(300*time.Microsecond, 3*time.Millisecond))
	v.fields = append(v.fields[:len(v.fields):len(v.fields)], "X-Cache: MISS from proxy01", "Via: 1.1 proxy01 (squid/5.7)")
	if v.status == 401 {
		v.fields = append(v.fields, "Proxy-Support: Session-Based-Authentication")
	}
	l.respond(v)
}

// reply lets the site answer as it decides.
func (l *leg) reply() {
	e := l.end()
	l.answerWith(e.site.decide(&e.logon, e.credentials(), e))
}

// get asks, and lets the site answer after a while.
func (l *leg) get(target string, fields ...string) {
	l.ask(target, fields...)
	l.part.work()
	l.reply()
}

// answer makes the AUTHENTICATE_MESSAGE to the site's challenge.
func (l *leg) answer(c ntlmtest.Client) []byte {
	e := l.end()
	host := e.host
	e.host = l.host
	defer func() { e.host = host }()
	return e.answer(c)
}

// login makes a whole handshake and gives its last token.
func (l *leg) login(c ntlmtest.Client, target string) []byte {
	l.get(target, ntlm(c.Negotiate()))
	l.part.work()
	token := l.answer(c)
	l.get(target, ntlm(token))
	return token
}

// browse begins as a browser does: without credentials.
func (l *leg) browse(c ntlmtest.Client, target string) []byte {
	l.get(target)
	l.part.work()
	return l.login(c, target)
}

// close ends it all, the person first.
func (l *leg) close() {
	l.session.Close()
	if l.back != nil {
		l.back.Close()
	}
}

// hangUp lets the server end it all.
func (l *leg) hangUp() {
	if l.back != nil {
		l.back.ServerClose()
	}
	l.session.ServerClose()
}

// resetByServer is what a client sees of a worker process that died; waiting
// says that it died on a request. A proxy between them has an error page for
// that, and closes the connection that belongs to the other one.
func (l *leg) resetByServer(waiting bool) {
	if l.back == nil {
		l.session.ServerReset()
		return
	}
	l.back.ServerReset()
	if waiting {
		l.respond(verdict{status: 502, body: 900, fields: []string{"Server: squid/5.7", "X-Squid-Error: ERR_READ_ERROR 104", "Via: 1.1 proxy01 (squid/5.7)"}})
	}
	l.session.ServerClose()
}

// freshTicket is a ticket with an authenticator of its own, as every AP-REQ
// has.
func (c *crowd) freshTicket(host, who string) []byte {
	c.serials++
	req := ntlmtest.APReq(realm, "HTTP", host)
	secret := sha256.Sum256(fmt.Append(nil, c.Seed, host, who, c.serials))
	copy(req[len(req)-len(secret):], secret[:])
	return ntlmtest.NegTokenInit(req, ntlmtest.OIDMSKerberos, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)
}

// cookie is a session cookie of an application.
func (c *crowd) cookie() string {
	c.serials++
	id := sha256.Sum256(fmt.Append(nil, "cookie", c.Seed, c.serials))
	return "Cookie: ASP.NET_SessionId=" + base64.RawURLEncoding.EncodeToString(id[:15])
}
