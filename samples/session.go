package samples

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// browser is the User-Agent of the people in the stories.
const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"

// A session is a connection to a site. What the site answers is for the site
// to decide; the story says what the client sends, and when.
type session struct {
	*capturetest.Conn
	stage *stage
	site  *site
	host  string // Host field; the site's name if empty
	agent string // User-Agent field
	logon logon
	nodes map[*site]logon // of the other sites behind one address

	method, target, body string
	fields               []string // of the last request
	last                 verdict  // the answer to it
	sent, got            *capturetest.Frame
}

// dial connects a machine to a site.
func (s *stage) dial(from capturetest.Host, to *site, options ...capturetest.ConnOption) *session {
	return &session{
		Conn: s.capture.Dial(from, to.at, options...), stage: s, site: to,
		host: to.DNSName, agent: browser, method: "GET",
	}
}

// ask sends a request; fields are whole lines.
func (x *session) ask(target string, fields ...string) *session {
	x.target, x.fields = target, fields
	all := append([]string{"User-Agent: " + x.agent}, fields...)
	text := capturetest.Request(x.method, target, x.host, all...)
	if x.body != "" {
		text = capturetest.WithBody(text, x.body)
	}
	x.sent = x.Client(text).Frame()
	return x
}

// reply lets the site answer the last request.
func (x *session) reply() *session { return x.respond(x.site.decide(&x.logon, x.credentials(), x)) }

// get asks and lets the site answer.
func (x *session) get(target string, fields ...string) *session {
	return x.ask(target, fields...).reply()
}

// fail answers with an error of the application. The site must have let the
// user in: what it refuses, no application sees.
func (x *session) fail(status int) *session {
	v := x.site.decide(&x.logon, x.credentials(), x)
	if v.status != http.StatusOK {
		panic(fmt.Sprintf("%s: %s answers %d by itself", x.stage.name, x.site.Name, v.status))
	}
	v.status, v.body = status, 90
	return x.respond(v)
}

// forbid answers as IIS does if the logon counts and the file is not for that
// user: 401.3, with an offer.
func (x *session) forbid() *session {
	v := x.site.decide(&x.logon, x.credentials(), x)
	if v.status != http.StatusOK {
		panic(fmt.Sprintf("%s: %s answers %d by itself", x.stage.name, x.site.Name, v.status))
	}
	refusal := x.site.refuse()
	refusal.fields = append(refusal.fields, "Persistent-Auth: true")
	return x.respond(refusal)
}

// relay answers what another site answered: this one is only a proxy for it.
func (x *session) relay(back *session) *session { return x.respond(back.last) }

// forward sends on what another connection was asked, as a reverse proxy does,
// and lets the site answer.
func (x *session) forward(front *session, fields ...string) *session {
	x.agent, x.method, x.body = front.agent, front.method, front.body
	return x.get(front.target, append(front.fields[:len(front.fields):len(front.fields)], fields...)...)
}

func (x *session) respond(v verdict) *session {
	x.last = v
	date := "Date: " + x.stage.capture.Now().Add(x.site.Skew).UTC().Format(http.TimeFormat)
	x.got = x.Server(capturetest.Response(v.status, v.body, append([]string{date}, v.fields...)...)).Frame()
	return x
}

// credentials gives the value of the field that the site looks at.
func (x *session) credentials() string {
	name := "Authorization: "
	if x.site.proxy {
		name = "Proxy-Authorization: "
	}
	for _, f := range x.fields {
		if v, ok := strings.CutPrefix(f, name); ok {
			return v
		}
	}
	return ""
}

// handshake is the frames of a complete logon, and its token.
type handshake struct {
	negotiate, challenge, authenticate, result *capturetest.Frame
	token                                      []byte // the AUTHENTICATE_MESSAGE
}

// login makes a whole NTLM handshake under the NTLM scheme.
func (x *session) login(c ntlmtest.Client, target string) handshake {
	return x.loginAs("NTLM", c, target)
}

// loginAs makes it under another scheme.
func (x *session) loginAs(scheme string, c ntlmtest.Client, target string) handshake {
	h := handshake{}
	h.negotiate, h.challenge = x.begin(scheme, c, target)
	h.token = x.answer(c)
	h.authenticate, h.result = x.present(scheme, target, h.token)
	return h
}

// reach says that a balancer gives the next requests to another site, which
// remembers what came to it before.
func (x *session) reach(w *site) {
	if x.nodes == nil {
		x.nodes = map[*site]logon{}
	}
	x.nodes[x.site] = x.logon
	x.site, x.logon = w, x.nodes[w]
}

// loginSPNEGO makes a whole NTLM handshake in SPNEGO tokens, RFC 4178, of a
// client that names these mechanisms.
func (x *session) loginSPNEGO(c ntlmtest.Client, target string, mechanisms ...[]byte) handshake {
	h := handshake{}
	h.negotiate, h.challenge = x.present("Negotiate", target, ntlmtest.NegTokenInit(c.Negotiate(), mechanisms...))
	h.token = x.answer(c)
	h.authenticate, h.result = x.present("Negotiate", target, ntlmtest.NegTokenResp(-1, nil, h.token))
	return h
}

// begin sends the NEGOTIATE_MESSAGE and gets the CHALLENGE_MESSAGE.
func (x *session) begin(scheme string, c ntlmtest.Client, target string) (sent, got *capturetest.Frame) {
	return x.present(scheme, target, c.Negotiate())
}

// answer makes the AUTHENTICATE_MESSAGE to the challenge of the connection.
func (x *session) answer(c ntlmtest.Client) []byte {
	if c.SPN == "" {
		c.SPN = "HTTP/" + x.host
	}
	c.Clock = x.stage.capture.Now().Add(800 * time.Microsecond)
	return c.Authenticate(x.logon.negotiate, x.logon.challenge)
}

// present sends a request with a token and lets the site answer.
func (x *session) present(scheme, target string, token []byte) (sent, got *capturetest.Frame) {
	field := credentials(scheme, token)
	if x.site.proxy {
		field = toProxy(field)
	}
	x.get(target, field)
	return x.sent, x.got
}
