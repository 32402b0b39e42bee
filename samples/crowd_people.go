package samples

import (
	"fmt"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// crowdHealthy is what people and machines do that have no trouble.
var crowdHealthy = []crowdAct{
	{kind: "browser", tell: (*part).usesABrowser},
	{kind: "terminal-server", tell: (*part).sharesATerminalServer},
	{kind: "branch-office", tell: (*part).sharesAnAddress},
	{kind: "new-address", tell: (*part).getsAnotherAddress},
	{kind: "two-machines", tell: (*part).worksAtTwoMachines},
	{kind: "script", tell: (*part).runsAScript},
	{kind: "upload", tell: (*part).uploads},
	{kind: "kerberos", tell: (*part).hasATicket},
	{kind: "kerberos-per-request", tell: (*part).hasATicketForEachRequest},
	{kind: "worker-restart", tell: (*part).meetsAWorkerRestart},
	{kind: "balancer-l4", tell: (*part).goesThroughL4},
	{kind: "balancer-pinned", tell: (*part).goesThroughPinned},
	{kind: "balancer-unpinned", tell: (*part).goesThroughUnpinned, allowed: []string{"auth-not-persisted", "handshake-split", "server-changed-mid-handshake"}},
	{kind: "balancer-relogon", tell: (*part).goesThroughAPoolThatLogsOnAnew},
	{kind: "reverse-proxy", tell: (*part).goesThroughARewritingProxy, allowed: []string{"authorization-denied", "error-after-logon"}},
	{kind: "offloader", tell: (*part).comesThroughTLS},
	{kind: "portal", tell: (*part).usesThePortal},
	{kind: "portal-missing-page", tell: (*part).missesAPageBesideAProbe},
	{kind: "portal-own-error", tell: (*part).meetsAnErrorBesideAProbe, allowed: []string{"authorization-denied", "error-after-logon"}},
	{kind: "forms-portal", tell: (*part).usesAFormsPortal},
	{kind: "mail-kerberos", tell: (*part).readsMailThroughTickets},
	{kind: "mail-machine-account", tell: (*part).readsMailThroughTheMachine},
	{kind: "web-proxy-sites", tell: (*part).visitsSitesThroughTheGate},
}

// usesABrowser: a page and its pictures over several connections at once. The
// handshakes that the page no longer needs are given up after the challenge.
func (p *part) usesABrowser() {
	w := p.servers.files
	first := p.open(w)
	first.browse(p.user, "/share/")
	var more []*leg
	for i := range 1 + p.pick(4) {
		l := p.open(w)
		more = append(more, l)
		l.get(fmt.Sprintf("/share/img%d.png", i))
	}
	for i, l := range more {
		target := fmt.Sprintf("/share/img%d.png", i)
		l.get(target, ntlm(p.user.Negotiate()))
		if p.chance(3) {
			continue
		}
		l.get(target, ntlm(l.answer(p.user)))
	}
	for n := range 1 + p.pick(4) {
		p.think()
		first.get(fmt.Sprintf("/share/page%d.htm", n))
	}
	for _, l := range append(more, first) {
		l.close()
	}
}

// sharesATerminalServer: many users at one address, and at one machine name.
func (p *part) sharesATerminalServer() {
	p.workTogether(func(u *ntlmtest.Client) { u.Workstation = "TS01" })
}

// sharesAnAddress: a branch behind a router that gives all its machines one
// address.
func (p *part) sharesAnAddress() {
	p.taken++
	p.at = capturetest.NewHost(fmt.Sprintf("10.24.0.%d", 1+p.taken%250))
	p.workTogether(func(*ntlmtest.Client) {})
}

// workTogether: some people, now and then one of them mistypes.
func (p *part) workTogether(name func(*ntlmtest.Client)) {
	for range 4 + p.pick(5) {
		u := p.newUser()
		name(&u)
		if p.chance(5) {
			p.mistype(p.servers.files, u)
		}
		l := p.open(p.servers.files)
		l.browse(u, "/share/")
		p.pause(p.between(time.Second, 5*time.Second))
		l.get("/share/list")
		l.close()
	}
}

// getsAnotherAddress: a laptop that is carried elsewhere.
func (p *part) getsAnotherAddress() {
	for range 2 {
		l := p.open(p.servers.files)
		l.browse(p.user, "/share/")
		p.think()
		l.get("/share/2")
		l.close()
		p.think()
		p.at = p.newAddress()
	}
}

// mistype is a wrong password, before the right one; it is an incident of its
// own.
func (p *part) mistype(w *site, u ntlmtest.Client) {
	planted := &CrowdStory{
		Kind: "mistyped-among-many", Incident: true, Decided: true, Severity: "low",
		Rules: []string{"wrong-credentials"}, Allowed: []string{"wrong-credentials"}, User: `CORP\` + u.User,
	}
	p.stories = append(p.stories, planted)
	was := p.story
	p.story = planted
	u.Password += "x"
	l := p.open(w)
	l.browse(u, "/share/")
	p.pause(p.between(3*time.Second, 9*time.Second))
	l.close()
	p.story = was
}

// worksAtTwoMachines: at the desk and in a meeting room, at the same time.
func (p *part) worksAtTwoMachines() {
	other := p.user
	if p.Dress != "cloned" {
		other.Workstation = "MEETING3"
	}
	a, b := p.open(p.servers.files), p.openFrom(p.newAddress(), p.servers.files)
	a.browse(p.user, "/share/")
	b.browse(other, "/share/")
	p.think()
	a.get("/share/1")
	b.get("/share/2")
	a.close()
	b.close()
}

// runsAScript: a client library that calls its machine by a name that many
// machines have, or by none.
func (p *part) runsAScript() {
	u := p.user
	u.Stack, u.Workstation = ntlmtest.Curl, []string{"WORKSTATION", "", "LOCALHOST"}[p.pick(3)]
	if p.chance(2) {
		u.User, u.Domain = u.User+"@corp.example", ""
		p.users[strings.ToLower(u.User)] = u.Password
	}
	for range 1 + p.pick(3) {
		l := p.open(p.servers.files)
		l.agent = "curl/8.5.0"
		l.login(u, "/share/report.csv")
		l.close()
		p.think()
	}
}

// uploads: the browser sends the NEGOTIATE with an empty body, and the file
// with the token.
func (p *part) uploads() {
	l := p.open(p.servers.files)
	l.method = "POST"
	l.ask("/share/upload", "Content-Length: 0", ntlm(p.user.Negotiate()))
	p.work()
	l.reply()
	token := l.answer(p.user)
	l.body = strings.Repeat("a line of the file\n", 60)
	l.get("/share/upload", ntlm(token))
	l.method, l.body = "GET", ""
	p.think()
	l.get("/share/")
	l.close()
}

// hasATicket: Kerberos, which counts for the connection at IIS.
func (p *part) hasATicket() {
	l := p.open(p.servers.web)
	l.get("/")
	l.get("/", negotiate(p.freshTicket(p.servers.web.DNSName, p.user.User)))
	for range 1 + p.pick(3) {
		p.think()
		l.get("/pages/")
	}
	l.close()
}

// hasATicketForEachRequest: 401, ticket, 200, as mod_auth_gssapi has it by
// default.
func (p *part) hasATicketForEachRequest() {
	l := p.open(p.servers.krb)
	for n := range 2 + p.pick(4) {
		target := fmt.Sprintf("/wiki/%d", n)
		l.get(target)
		l.get(target, negotiate(p.freshTicket(p.servers.krb.DNSName, p.user.User)))
		p.think()
	}
	l.close()
}

// meetsAWorkerRestart: the worker dies after the challenge, or on the token.
// The browser begins anew, and the domain controller takes its time.
func (p *part) meetsAWorkerRestart() {
	l := p.open(p.servers.files)
	l.get("/share/")
	l.get("/share/", ntlm(p.user.Negotiate()))
	waiting := p.chance(2)
	if waiting {
		l.ask("/share/", ntlm(l.answer(p.user)))
	}
	p.work()
	l.resetByServer(waiting)
	p.pause(p.between(20*time.Millisecond, 90*time.Millisecond))
	l = p.open(p.servers.files)
	l.get("/share/", ntlm(p.user.Negotiate()))
	l.ask("/share/", ntlm(l.answer(p.user)))
	p.pause(p.between(200*time.Millisecond, 1900*time.Millisecond))
	l.reply()
	p.think()
	l.get("/share/list")
	l.close()
}
