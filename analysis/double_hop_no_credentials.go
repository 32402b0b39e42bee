package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"slices"
)

var doubleHopNoCredentials = &Rule{
	Rule: report.Rule{
		ID: "double-hop-no-credentials", Title: "Second hop without any credential", Severity: report.Medium,
		Evidence:   "While a front end served a request of a known user, it asked a back end, was answered 401 with an offer of Negotiate or NTLM, sent no credentials on any connection, and answered its own client with an error.",
		NotIf:      "A probe or health check; code that expects the 401; a capture filter that cut the retry. Without the first hop in the capture the rule is silent.",
		Why:        "The front end knows the user but has nothing that it could present for him: an NTLM logon cannot be passed on, and a Kerberos logon only with delegation.",
		Fix:        "Configure delegation for the front end's account, or give its client code credentials of its own (UseDefaultCredentials, allowedImpersonationLevel=Delegation).",
		Log:        "IIS log of the back end: 401 2 5 without a user name",
		References: []string{"RFC 9110 11.6.1", "RFC 9110 15.5.2", "KB183545"},
	},
	Cause: true, Fold: byClientServersUser,
	OnNested: func(ix *Index, o *Outer) []*Finding {
		if !o.failed || !o.visit.x.Response.Stamp.Seen() {
			return nil // an answer that was not captured may have been a page
		}
		var out []*Finding
		for _, n := range ix.nests(o) {
			v := n.refusedBare()
			if v == nil {
				continue
			}
			n.tell(v.leg)
			f := ix.nestedFinding(report.Likely, o, &n)
			ix.addServer(f, n.server)
			f.hops = []hopKey{{v.leg.client.addr(), v.leg.serverAddr()}}
			v.leg.hop.explained = true
			if o.user.refused() {
				f.explains = []*handshakeState{o.user} // the client sees the back end's refusal
			}
			f.Summary = fmt.Sprintf("%s from %s: the front end %s asked %s without credentials and was refused", n.candidates(o), o.user.client(), ix.serverText(o.user), n.server)
			f.Evidence = append(f.Evidence, ix.showVisit(v, ", no credentials")...)
			ix.addAnswer(f, o)
			f.Filter = ix.filterOf(o.user) + " || " + ix.streamFilter(v.leg.clientAddr(), v.leg.serverAddr())
			out = append(out, f)
		}
		return out
	},
}

// refusedBare gives the last exchange of n that was refused for want of
// credentials and had none after it. Where the exchanges may belong to several
// requests, a connection that was refused first and then logged on answers for
// itself; where they belong to one, no logon of it is left out.
func (n *nest) refusedBare() *Visit {
	var last *Visit
	for i, v := range n.visits {
		switch {
		case v.x.Gap || v.leg.lost:
			return nil
		case len(v.x.Request.Credentials) > 0 || v.before != nil:
			if len(n.others) == 0 || v.before == nil && !bare(n.visits[:i], v.leg) {
				return nil
			}
		case !v.told && !logsOn(n.visits[i+1:], v.leg):
			last = v
		}
	}
	if last == nil || last.x.Response.Status != 401 || !offers(last, "Negotiate", "NTLM", "Kerberos") {
		return nil
	}
	return last
}

// tell notes that a finding was made of what was asked on l: another request
// that may have caused it is to speak of another connection.
func (n *nest) tell(l *leg) {
	for _, v := range n.visits {
		v.told = v.told || v.leg == l
	}
}

// bare reports whether a visit on l came without credentials.
func bare(visits []*Visit, l *leg) bool {
	return slices.ContainsFunc(visits, func(v *Visit) bool { return v.leg == l && len(v.x.Request.Credentials) == 0 })
}

// logsOn reports whether a visit on l came with credentials.
func logsOn(visits []*Visit, l *leg) bool {
	return slices.ContainsFunc(visits, func(v *Visit) bool { return v.leg == l && len(v.x.Request.Credentials) > 0 })
}

// offers reports whether the answer of v offers one of the schemes.
func offers(v *Visit, schemes ...string) bool {
	for i := range v.x.Response.Challenges {
		for _, s := range schemes {
			if v.x.Response.Challenges[i].Scheme == s {
				return true
			}
		}
	}
	return false
}
