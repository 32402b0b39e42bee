package samples

import (
	"fmt"

	"ntlmtrace/capture/capturetest"
)

// servers are the machines that a crowd meets.
type servers struct {
	web    *site            // the portal: front end of the back ends
	inside capturetest.Host // the portal's machine, towards its back ends
	backs  []*site          // behind the portal
	files  *site            // stands alone
	exch   *site            // the mail server's front end
	exbe   *site            // what is behind it
	lb     *site            // a balancer that understands HTTP, in front of the farm
	farm   []*site
	rp     *site // a reverse proxy that rewrites, in front of app
	app    *site
	krb    *site // an Apache that wants a ticket with every request
	shut   *site // its keep-alive is off
	lax    *site // does not look at the MIC
	open   *site // takes Basic as well
	squid  *site // a forward proxy that wants no logon
	gate   *site // one that does
}

func newServers(c *crowd) servers {
	s := servers{
		web:   newSite("WEB01", "web01.corp.example", "10.9.0.20"),
		files: newSite("FILES05", "files.corp.example", "10.9.0.33"),
		exch:  newSite("EXCH1", "mail.corp.example", "10.9.0.40"),
		exbe:  newSite("EXBE1", "exbe1.corp.example", "10.9.0.41").on(81),
		lb:    newSite("LB01", "www.corp.example", "10.9.0.100"),
		rp:    newSite("RP01", "intra.corp.example", "10.9.0.102"),
		app:   newSite("APP21", "app21.corp.example", "10.9.0.61").on(8080),
		krb:   newSite("WIKI1", "wiki.corp.example", "10.9.0.70").offering("Negotiate"),
		shut:  newSite("OLD06", "old.corp.example", "10.9.0.34"),
		lax:   newSite("NAS08", "nas.corp.example", "10.9.0.36"),
		open:  newSite("TOOLS07", "tools.corp.example", "10.9.0.35").offering("Negotiate", "NTLM", `Basic realm="tools"`),
		squid: newSite("PROXY01", "proxy01.corp.example", "10.9.0.90").on(3128),
		gate:  newSite("GATE01", "gate.corp.example", "10.9.0.91").on(3128),
		backs: []*site{
			mbx02(),
			newSite("API03", "api03.corp.example", "10.9.0.31"),
			newSite("DOC04", "doc04.corp.example", "10.9.0.32"),
		},
		farm: []*site{
			newSite("WEB11", "web11.corp.example", "10.9.0.51"),
			newSite("WEB12", "web12.corp.example", "10.9.0.52"),
		},
	}
	s.inside = s.web.at.Host
	if c.Seed/10%2 == 1 { // a second card, as the front end of a load may have
		s.inside = capturetest.NewHost("10.9.7.20")
	}
	if c.Dress == "cloned" {
		s.files.Name = clonedName
	}
	s.krb.perRequest, s.krb.mute = true, true
	s.shut.closes = true
	s.lax.IgnoresMIC = true
	s.gate.proxy = true
	s.squid.open = true
	all := append([]*site{s.web, s.files, s.exch, s.exbe, s.rp, s.app, s.krb, s.shut, s.lax, s.open, s.squid, s.gate, s.lb}, s.backs...)
	for _, w := range append(all, s.farm...) {
		w.Users = c.users
		w.service = w.DNSName
	}
	return s
}

// decoy is the machine of somebody who waits for logons.
func (p *part) decoy() *site {
	p.taken++
	w := newSite("PRINT7", "print7", fmt.Sprintf("10.21.0.%d", 20+p.taken%200))
	w.Users = p.users
	return w
}
