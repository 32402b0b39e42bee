package samples

import (
	"fmt"
	"time"
)

// healthy is what people do who have no trouble, each as often as another.
var healthy = []func(*visitor){
	(*visitor).browses, (*visitor).browses, (*visitor).browses, (*visitor).browses,
	(*visitor).browsesWithATicket, (*visitor).browsesWithATicket,
	(*visitor).browsesWithAPassword,
	(*visitor).goesToTheBackEnd,
	(*visitor).goesThroughTheBalancer, (*visitor).goesThroughTheBalancer,
}

// browses: an NTLM logon, and pages on that connection.
func (v *visitor) browses() {
	x := v.dial(v.at, v.web)
	v.logon(x, "/")
	v.pages(x)
	x.Close()
}

// browsesWithATicket: the same with Kerberos.
func (v *visitor) browsesWithATicket() {
	x := v.dial(v.at, v.web)
	x.present("Negotiate", "/", ticket(v.web.DNSName))
	v.pages(x)
	x.Close()
}

// browsesWithAPassword: Basic, with every request.
func (v *visitor) browsesWithAPassword() {
	x := v.dial(v.at, v.web)
	x.get("/")
	v.pages(x, basic(v.user))
	x.Close()
}

// goesToTheBackEnd: nobody is between.
func (v *visitor) goesToTheBackEnd() {
	x := v.dial(v.at, v.backs[pick(v.office, len(v.backs))])
	v.logon(x, "/direct/")
	for range 1 + pick(v.office, 4) {
		v.think()
		x.get("/direct/list")
	}
	x.Close()
}

// goesThroughTheBalancer: the logon is at the back end.
func (v *visitor) goesThroughTheBalancer() {
	front, back := v.dial(v.at, v.lb), v.dial(v.lb.at.Host, v.backs[doc])
	back.host = front.host
	passThroughAs(v.user, front, back)
	v.incident("pass-through-proxy", true, front.sent, v.lb, v.backs[doc])
	for range 1 + pick(v.office, 4) {
		v.think()
		front.ask("/exchange/2")
		v.work()
		back.forward(front, "Via: 1.1 lb01", "X-Forwarded-For: "+v.at.Addr.String())
		front.relay(back)
	}
	front.Close()
	back.Close()
}

// pages reads some pages; for some the front end asks a back end.
func (v *visitor) pages(x *session, fields ...string) {
	for n := range 2 + pick(v.office, 6) {
		v.think()
		v.asks(x, fmt.Sprintf("/pages/%d", n), fields...)
		v.work()
		if v.chance(2) {
			v.asksFor(x, v.backs[pick(v.office, len(v.backs))])
		}
		x.reply()
		v.gets(x)
	}
}

// asksFor is the front end's request to a back end, as its service account. The
// client library asks without credentials first, and keeps the connection.
func (v *visitor) asksFor(x *session, to *site) {
	if credentials := x.credentials(); to == v.backs[api] && credentials != "" {
		v.passesOn(x, to, credentials)
		return
	}
	var back *session
	if list := v.idle[to]; len(list) > 0 && !v.chance(4) {
		back = list[len(list)-1]
		v.idle[to] = list[:len(list)-1]
	} else {
		back = v.dial(v.inside, to)
		back.agent = "WEB01 pages"
	}
	fields := v.fields(x, to)
	back.get("/api"+x.target, fields...)
	if back.last.status != 200 {
		v.pause(v.between(time.Millisecond, 5*time.Millisecond))
		back.get("/api"+x.target, append(fields, ntlm(service.Negotiate()))...)
		v.pause(v.between(time.Millisecond, 5*time.Millisecond))
		back.ask("/api"+x.target, append(fields, ntlm(back.answer(service)))...)
		v.work()
		back.reply()
	}
	v.work()
	v.idle[to] = append(v.idle[to], back)
}

// passesOn is a request with the user's own password, which works: only Basic
// credentials come with every request.
func (v *visitor) passesOn(x *session, to *site, credentials string) {
	back := v.dial(v.inside, to)
	back.agent = "WEB01 pages"
	back.get("/api"+x.target, append(v.fields(x, to), "Authorization: "+credentials)...)
	v.work()
	back.Close()
}
