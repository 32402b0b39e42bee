package samples

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// monitors look at the back ends as long as the crowd lasts: the portal's own
// check asks each without credentials, and is content with a 401; every
// half-hour it logs on.
func (c *crowd) monitors(pause func(time.Duration)) {
	s := &CrowdStory{Kind: "monitoring", Decided: true}
	c.stories = append(c.stories, s)
	p := &part{crowd: c, story: s, at: c.servers.inside, pause: pause}
	every := 4 * time.Minute
	if c.dress.copies {
		every = 8 * time.Minute
	}
	for n := range int(crowdSpan / every) {
		for _, b := range c.servers.backs {
			p.probes(b)
		}
		if n%8 == 0 {
			x := p.call(p.at, c.servers.backs[mbx])
			x.agent = "WEB01 pages"
			x.login(service, "/api/ready")
			x.Close()
		}
		pause(every + p.between(0, 50*time.Millisecond))
	}
}

// probes is one look of the portal at a back end.
func (p *part) probes(at *site) {
	x := p.call(p.servers.inside, at)
	x.agent = "WEB01 monitor"
	x.get("/health")
	x.Close()
}

// asksPortal sends a request to the portal that takes a while.
func (p *part) asksPortal(l *leg, target string) {
	alone := len(p.working) == 0
	for other := range p.working {
		p.working[other] = false
	}
	p.working[p] = alone
	l.ask(target)
	p.work()
}

// hasAnswer notes that the portal is done with it, and whether it had no other
// request meanwhile.
func (p *part) hasAnswer() (alone bool) {
	alone = p.working[p]
	delete(p.working, p)
	return alone
}

// pooled takes a connection that a front end keeps, or makes one. Servers close
// what nobody has used for a while.
func (p *part) pooled(pool string, from capturetest.Host, to *site) (x *session, fresh bool) {
	const idle = 10 * time.Minute
	for list := p.idle[pool]; len(list) > 0; list = p.idle[pool] {
		x = list[len(list)-1]
		p.idle[pool] = list[:len(list)-1]
		if p.capture.Now().Sub(x.got.Time) > idle {
			x.ServerClose()
			continue
		}
		p.own(connOf(x))
		return x, false
	}
	return p.call(from, to), true
}

func (p *part) release(pool string, x *session) { p.idle[pool] = append(p.idle[pool], x) }

// asService is a request of a front end with an account of its own, over a
// pooled connection: refused once, then let in.
func (p *part) asService(x *session, c ntlmtest.Client, target string, fields ...string) {
	x.get(target, fields...)
	if x.last.status == 200 {
		return
	}
	p.work()
	x.get(target, append(fields[:len(fields):len(fields)], ntlm(c.Negotiate()))...)
	p.work()
	x.get(target, append(fields[:len(fields):len(fields)], ntlm(x.answer(c)))...)
}

// usesThePortal: pages of the portal, for which it asks a back end with its
// service account.
func (p *part) usesThePortal() {
	l := p.open(p.servers.web)
	l.browse(p.user, "/")
	for n := range 2 + p.pick(3) {
		p.think()
		target := fmt.Sprintf("/pages/%d", n)
		p.asksPortal(l, target)
		to := p.pick(3)
		pool := "portal " + p.servers.backs[to].Name
		x, fresh := p.pooled(pool, p.servers.inside, p.servers.backs[to])
		if fresh {
			x.agent = "WEB01 pages"
		}
		var fields []string
		if to == api {
			fields = []string{"X-Forwarded-For: " + p.seen(p.at.Addr).String()}
		}
		p.asService(x, service, "/api"+target, fields...)
		p.release(pool, x)
		p.work()
		l.reply()
		p.hasAnswer()
	}
	l.close()
}

// missesAPageBesideAProbe: the page is not there, and while the portal looks
// for it, its monitor looks at a back end.
func (p *part) missesAPageBesideAProbe() { p.failsBesideAProbe(404) }

// meetsAnErrorBesideAProbe: the same with a page that fails for its own
// reasons.
func (p *part) meetsAnErrorBesideAProbe() { p.failsBesideAProbe(500) }

func (p *part) failsBesideAProbe(status int) {
	l := p.open(p.servers.web)
	l.browse(p.user, "/")
	p.think()
	p.asksPortal(l, "/pages/old")
	p.probes(p.servers.backs[p.pick(3)])
	p.work()
	e := l.end()
	v := e.site.decide(&e.logon, e.credentials(), e)
	v.status, v.body = status, 90
	l.answerWith(v)
	p.hasAnswer()
	p.think()
	l.get("/pages/new")
	l.close()
}

// usesAFormsPortal: the person logs on with a form and a cookie; the balancer
// asks the application as svc-arr and names the person's address. Many people
// share the connection.
func (p *part) usesAFormsPortal() {
	arr := ntlmtest.Client{User: "svc-arr", Domain: "CORP", Password: p.users["svc-arr"], Workstation: "ARR09"}
	portal := newSite("ARR09", "portal.corp.example", "10.9.0.103")
	portal.open = true
	for range 1 + p.pick(3) {
		p.visitsThePortalOf(arr, portal)
		p.at = p.newAddress()
	}
}

func (p *part) visitsThePortalOf(arr ntlmtest.Client, portal *site) {
	l := p.open(portal)
	cookie := p.cookie()
	for n := range 2 + p.pick(3) {
		target := fmt.Sprintf("/my/%d", n)
		l.ask(target, cookie)
		x, fresh := p.pooled("arr", portal.at.Host, p.servers.app)
		if fresh {
			x.host = "app21.corp.example:8080"
		}
		p.asService(x, arr, target, "X-Forwarded-For: "+p.seen(p.at.Addr).String(), cookie)
		p.release("arr", x)
		l.reply()
		p.think()
	}
	l.close()
}

// readsMailThroughTickets: the mail front end has let the person in, and asks
// the mailbox server over pooled connections, with tickets of its machine.
func (p *part) readsMailThroughTickets() {
	p.readsMail("mail tickets", func(x *session, target string, fields []string) {
		x.get(target, fields...)
		if x.last.status != 200 {
			x.get(target, append(fields, negotiate(p.freshTicket(p.servers.exbe.DNSName, "EXCH1$")))...)
		}
	})
}

// readsMailThroughTheMachine: the same with NTLM of the machine account.
func (p *part) readsMailThroughTheMachine() {
	exch := ntlmtest.Client{User: "EXCH1$", Domain: "CORP", Password: p.users["exch1$"], Workstation: "EXCH1"}
	p.readsMail("mail machine", func(x *session, target string, fields []string) {
		p.asService(x, exch, target, fields...)
	})
}

func (p *part) readsMail(pool string, fetch func(x *session, target string, fields []string)) {
	for range 2 + p.pick(2) {
		p.readsMailAlone(pool, fetch)
		p.at, p.user = p.newAddress(), p.newUser()
	}
}

// readsMailAlone: one person, who has a ticket or has not.
func (p *part) readsMailAlone(pool string, fetch func(x *session, target string, fields []string)) {
	l := p.open(p.servers.exch)
	if p.chance(3) {
		l.get("/owa/", negotiate(p.freshTicket(p.servers.exch.DNSName, p.user.User)))
	} else {
		l.browse(p.user, "/owa/")
	}
	for n := range 2 + p.pick(3) {
		p.think()
		target := fmt.Sprintf("/owa/item/%d", n)
		l.ask(target)
		x, fresh := p.pooled(pool, p.servers.exch.at.Host, p.servers.exbe)
		if fresh {
			x.agent = "EXCH1 proxy"
		}
		p.work()
		fetch(x, target, []string{"X-Forwarded-For: " + p.seen(p.at.Addr).String(), "X-User: " + p.user.User})
		p.release(pool, x)
		l.reply()
	}
	l.close()
}
