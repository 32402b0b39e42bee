package samples

import (
	"fmt"
	"net/netip"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// An office is the machines of a load.
type office struct {
	*play
	web       *site            // the front end
	inside    capturetest.Host // its address towards the back ends
	backs     []*site
	lb        *site // in front of the last of them
	idle      map[*site][]*session
	waiting   map[*session]bool // requests that the front end works on: true if it had no other meanwhile
	requests  int
	incidents []Incident
}

func newOffice(p *play, o LoadOptions) *office {
	w := &office{
		play: p, web: web01(), lb: balancer(),
		idle: map[*site][]*session{}, waiting: map[*session]bool{},
	}
	w.backs = []*site{
		mbx02(), newSite("API03", "api03.corp.example", "10.9.0.31"), newSite("DOC04", "doc04.corp.example", "10.9.0.32"),
	}
	users := ntlmtest.Directory{}
	for name, password := range passwords {
		users[name] = password
	}
	for i := range o.Clients {
		c := visitorNumber(w, i)
		users[c.user.User] = c.user.Password
	}
	for _, s := range append(w.backs, w.web) {
		s.Users = users
	}
	w.web.service = w.web.DNSName
	w.web.offers = append(w.web.offers, "Basic realm=\"CORP\"")
	w.inside = w.web.at.Host
	if o.TwoAddresses {
		w.inside = capturetest.NewHost("10.9.7.20")
	}
	return w
}

// The back ends by their place in office.backs. What the front end writes into
// its requests to them differs: nothing, the client's address, a request id.
const (
	mbx = iota
	api
	doc
)

// A visitor is a user at a machine.
type visitor struct {
	*office
	user  ntlmtest.Client
	at    capturetest.Host
	pause func(time.Duration)
}

func visitorNumber(w *office, i int) *visitor {
	name := fmt.Sprintf("u%04d", i)
	return &visitor{
		office: w,
		user:   ntlmtest.Client{User: name, Domain: "CORP", Password: "secret of " + name, Workstation: fmt.Sprintf("PC%04d", i)},
		at:     capturetest.NewHost(fmt.Sprintf("10.20.%d.%d", i/250, 1+i%250)),
	}
}

// account is the user as findings name him.
func (v *visitor) account() string { return `CORP\` + v.user.User }

// think lets a person's time pass.
func (v *visitor) think() { v.pause(v.between(200*time.Millisecond, 9*time.Second)) }

// work lets a machine's time pass.
func (v *visitor) work() { v.pause(v.between(5*time.Millisecond, 150*time.Millisecond)) }

// invite lets everybody come at a time of their own.
func (w *office) invite(o LoadOptions) {
	w.enter(0, w.monitor)
	last := max(o.Duration-30*time.Second, time.Second)
	each := max(o.Clients/100, 1) // 1 % for each kind of trouble
	for i := range o.Clients {
		act := healthy[pick(w, len(healthy))]
		if kind := i / each; kind < len(trouble) {
			act = trouble[kind]
		}
		v := visitorNumber(w, i)
		w.enter(w.between(time.Second, last), func(pause func(time.Duration)) {
			v.pause = pause
			act(v)
		})
	}
}

func pick(w *office, n int) int { return w.rand.IntN(n) }

// monitor is the front end's own look at the back ends before anybody comes.
func (w *office) monitor(func(time.Duration)) {
	for _, b := range w.backs {
		x := w.dial(w.inside, b)
		x.agent = "WEB01 monitor"
		x.login(service, "/health")
		x.Close()
	}
}

// rush waits for a moment at which others come as well, as jobs do that start
// at the full minute.
func (v *visitor) rush() {
	const every = 30 * time.Second
	now := v.capture.Now()
	v.pause(now.Truncate(every).Add(every).Sub(now) + v.between(0, 40*time.Millisecond))
}

// incident notes what has gone wrong with a request.
func (v *visitor) incident(rule string, decided bool, request *capturetest.Frame, servers ...*site) *Incident {
	in := Incident{Rule: rule, User: v.account(), Client: v.at.Addr, Decided: decided, Frame: request.Number}
	for _, s := range servers {
		in.Servers = append(in.Servers, netip.AddrPortFrom(s.at.Addr, s.at.Port))
	}
	v.incidents = append(v.incidents, in)
	return &v.incidents[len(v.incidents)-1]
}

// logon begins a connection to a site with an NTLM logon, and gives the token.
func (v *visitor) logon(x *session, target string) []byte {
	x.get(target)
	v.work()
	x.begin("NTLM", v.user, target)
	v.work()
	token := x.answer(v.user)
	v.asks(x, target, ntlm(token))
	v.work()
	x.reply()
	v.gets(x)
	return token
}

// fields are those of a request that the front end sends for x.
func (w *office) fields(x *session, to *site) []string {
	switch to {
	case w.backs[api]:
		return []string{"X-Forwarded-For: " + x.From().Addr.String()}
	case w.backs[doc]:
		for _, f := range x.fields {
			if len(f) > len(requestID) && f[:len(requestID)] == requestID {
				return []string{f}
			}
		}
	}
	return nil
}

const requestID = "X-Request-Id: "

// asks sends a request that takes the server a while. It has an id, as gateways
// write them.
func (v *visitor) asks(x *session, target string, fields ...string) {
	v.requests++
	x.ask(target, append(fields, fmt.Sprintf("%s%08x", requestID, v.requests))...)
	if x.site != v.web {
		return
	}
	alone := len(v.waiting) == 0
	for other := range v.waiting {
		v.waiting[other] = false
	}
	v.waiting[x] = alone
}

// gets notes that the answer is there.
func (v *visitor) gets(x *session) { delete(v.waiting, x) }
