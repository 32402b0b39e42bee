package samples

import (
	"net/http"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// trouble is what goes wrong for one client in a hundred each.
var trouble = []func(*visitor){
	(*visitor).replaysTheToken,
	(*visitor).isForwarded,
	(*visitor).becomesNobody,
	(*visitor).arrivesWithoutCredentials,
	(*visitor).becomesTheMachine,
	(*visitor).isSplit,
	(*visitor).lendsTheConnection,
	(*visitor).resendsTheToken,
}

// replaysTheToken: the client sends what one server accepted to the next one,
// variant (a).
func (v *visitor) replaysTheToken() {
	a := v.dial(v.at, v.web)
	token := v.logon(a, "/")
	v.think()
	b := v.dial(v.at, v.backs[mbx])
	b.get("/inbox", ntlm(token))
	v.incident("double-hop-token-replay", true, b.sent, v.web, v.backs[mbx])
	a.Close()
	b.Close()
}

// isForwarded: the page copies the Authorization field, variant (b).
func (v *visitor) isForwarded() {
	front := v.dial(v.at, v.web)
	front.get("/")
	front.begin("NTLM", v.user, "/")
	v.work()
	v.asks(front, "/copies", ntlm(front.answer(v.user)))
	v.work()
	back := v.dial(v.inside, v.backs[mbx])
	back.forward(front)
	v.incident("double-hop-token-forwarded", true, front.sent, v.web, v.backs[mbx])
	v.work()
	front.fail(http.StatusBadGateway)
	v.gets(front)
	back.Close()
	front.Close()
}

// becomesNobody: an anonymous logon, variant (c).
func (v *visitor) becomesNobody() {
	v.failsBehind("double-hop-anonymous", func(back *session, fields []string) {
		v.logonAs(back, nobody, fields)
		back.reply()
	})
}

// arrivesWithoutCredentials: no logon at all, variant (d).
func (v *visitor) arrivesWithoutCredentials() {
	v.failsBehind("double-hop-no-credentials", func(back *session, fields []string) {
		back.get("/api/mine", fields...)
	})
}

// becomesTheMachine: the back end lets the machine account in and gives it
// nothing, variant (e).
func (v *visitor) becomesTheMachine() {
	v.failsBehind("double-hop-identity-changed", func(back *session, fields []string) {
		v.logonAs(back, machine, fields)
		back.fail(http.StatusForbidden)
	})
}

// logonAs brings a logon of the front end to where it waits for the answer.
func (v *visitor) logonAs(back *session, c ntlmtest.Client, fields []string) {
	back.get("/api/mine", fields...)
	back.get("/api/mine", append(fields, ntlm(c.Negotiate()))...)
	v.work()
	back.ask("/api/mine", append(fields, ntlm(back.answer(c)))...)
	v.work()
}

// failsBehind is a request that fails for what the front end does at a back end.
func (v *visitor) failsBehind(rule string, hop func(back *session, fields []string)) {
	front := v.dial(v.at, v.web)
	v.logon(front, "/")
	v.rush()
	v.asks(front, "/mine")
	request := front.sent
	v.work()
	to := v.backs[pick(v.office, len(v.backs))]
	fields := v.fields(front, to)
	back := v.dial(v.inside, to)
	back.agent = "WEB01 mine"
	hop(back, fields)
	v.work()
	v.incident(rule, v.waiting[front] || len(fields) > 0, request, v.web, to)
	front.fail(http.StatusInternalServerError)
	v.gets(front)
	back.Close()
	front.Close()
}

// isSplit: the balancer takes another connection for the third message.
func (v *visitor) isSplit() {
	front := v.dial(v.at, v.lb)
	first, second := v.dial(v.lb.at.Host, v.backs[doc]), v.dial(v.lb.at.Host, v.backs[doc])
	first.host, second.host = front.host, front.host
	front.ask("/inbox", ntlm(v.user.Negotiate()))
	first.forward(front)
	front.relay(first)
	v.work()
	front.ask("/inbox", ntlm(first.answer(v.user)))
	v.work()
	second.forward(front)
	front.relay(second)
	v.incident("handshake-split", true, front.sent, v.lb, v.backs[doc])
	for _, x := range []*session{front, first, second} {
		x.Close()
	}
}

// lendsTheConnection: another client's request goes over the connection that
// this user has logged on.
func (v *visitor) lendsTheConnection() {
	front, back := v.dial(v.at, v.lb), v.dial(v.lb.at.Host, v.backs[doc])
	back.host = front.host
	passThroughAs(v.user, front, back)
	v.incident("pass-through-proxy", true, front.sent, v.lb, v.backs[doc])
	v.think()
	other := v.dial(capturetest.NewHost("10.21.0.7"), v.lb)
	other.ask("/inbox")
	v.work()
	back.forward(other, "X-Forwarded-For: "+other.From().Addr.String())
	other.relay(back)
	in := v.incident("identity-bleed", true, back.sent, v.backs[doc])
	in.Client = v.lb.at.Addr
	for _, x := range []*session{other, front, back} {
		x.Close()
	}
}

// resendsTheToken: the field of the last connection on a new one.
func (v *visitor) resendsTheToken() {
	a := v.dial(v.at, v.web)
	token := v.logon(a, "/")
	v.think()
	a.ServerClose()
	v.think()
	b := v.dial(v.at, v.web)
	b.get("/again", ntlm(token))
	v.incident("stale-token-resent", true, b.sent, v.web)
	b.Close()
}
