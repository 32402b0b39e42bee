package kerberos

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/kerberos"
)

// Refused is the rule kerberos-refused: "Kerberos ticket refused".
var Refused = &trace.Rule{
	Rule: report.Rule{
		ID: "kerberos-refused", Title: "Kerberos ticket refused", Severity: report.Medium,
		Evidence:   "A Kerberos AP-REQ answered 401 or 407, often with a KRB-ERROR in the answer. Or a Kerberos or SPNEGO token under the scheme NTLM, refused.",
		NotIf:      "An access list that refuses a good logon (authorization-denied).",
		Why:        "The service could not use the ticket: it is for another account's key (wrong or duplicate SPN), the clocks differ, or the ticket is too old.",
		Fix:        "Check that the SPN is on the account that runs the application pool, or on the machine with kernel mode (useAppPoolCredentials), look for duplicates (setspn -X), and check the clocks.",
		Log:        "System log of the client or server: Kerberos event 4 (KRB_AP_ERR_MODIFIED)",
		References: []string{"RFC 4120 7.5.9", "RFC 4178 4.2", "RFC 4559 4.2"},
	},
	Cause: true, Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			misplaced := isMisplaced(h)
			if !misplaced && (h.Mechanism != trace.Kerberos || h.Outcome != report.Denied && h.KerberosError == 0) {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), "", h)
			f.Explains = []*trace.Handshake{h}
			if h.KerberosError != 0 || misplaced {
				f.Confidence = report.Sure
			}
			f.Write = writeRefused
			if misplaced {
				f.Write = writeMisplaced
			}
			return ix.One(f)
		},
	},
}

// isMisplaced reports whether h carries a token of Negotiate under the scheme
// NTLM, and was refused. A server that goes on with it speaks SPNEGO there.
func isMisplaced(h *trace.Handshake) bool {
	return h.Scheme == "NTLM" && (h.Mechanism == trace.Kerberos || h.Wrapped) && h.Frames.Challenge == 0 && h.Refused()
}

func writeMisplaced(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	what := "a SPNEGO token"
	if h.Mechanism == trace.Kerberos {
		what = "a Kerberos token"
	}
	f.Summary = fmt.Sprintf("%s: sends %s under the scheme NTLM, which %s refused", h.Client(), what, ix.ServerText(h))
	f.Evidence = ix.ShowAll(h, ", under the scheme NTLM")
	f.Why = "Under NTLM there are only NTLM messages; Kerberos and SPNEGO belong under the scheme Negotiate. The client put its token under the wrong name, so that the ticket was not even looked at: it proves nothing about the service name or the clocks."
	f.Fix = "A program: use a current version, and let it take Negotiate, or NTLM with NTLM messages only, as the offer says. px and other local proxies: set the authentication to what the proxy before it offers (px: --auth=NTLM, or NEGOTIATE). The proxy or server: offer Negotiate beside NTLM, if it is to speak Kerberos."
	f.Log = "Log of the client; Squid: cache.log, negotiate_kerberos_auth or ntlm_auth with \"Invalid\" or \"BH\""
}

func writeRefused(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s: %s refused the Kerberos ticket for %s", h.Client(), ix.ServerText(h), h.SPN)
	if h.KerberosError != 0 {
		f.Summary += fmt.Sprintf(": %d %s", h.KerberosError, kerberos.ErrorName(h.KerberosError))
	}
	f.Evidence = ix.ShowAll(h, ", ticket for "+h.SPN)
	asked, ticket := trace.HostOf(h.Host), trace.SPNHost(h.SPN)
	switch {
	case h.Session.Proxy || asked == "" || ticket == "":
	case strings.EqualFold(asked, ticket):
		f.Detail = fmt.Sprintf(" The ticket is for the name that the client asks for, %s.", asked)
	case sameFirst(asked, ticket):
		f.Detail = fmt.Sprintf(" The client asks for %s, and the ticket is for %s: one name in two forms, each of which needs its SPN on the same account.", asked, ticket)
	default:
		f.Summary += fmt.Sprintf(", the client asks for %s", asked)
		f.Detail = fmt.Sprintf(" The client asks for %s, and its ticket is for %s: the first is an alias (CNAME) of the second, or was rewritten by a front end on the way. The account with the SPN %s is to decrypt the ticket, and the service at %s may run as another.", asked, h.SPN, h.SPN, asked)
		f.Fix = fmt.Sprintf("See which account has which name (setspn -Q %s; setspn -Q %s) and which account the service at %s runs as: it needs both. "+
			"Give the alias an SPN of its own (setspn -S %s ACCOUNT) and an A record, so that clients ask for a ticket for that name; with an application pool account set useAppPoolCredentials. "+
			"Behind a front end (ARR, a balancer) the ticket has to be for the front end's name, and all servers run as its account. Look for duplicates (setspn -X).", h.SPN, otherSPN(h.SPN, asked), asked, otherSPN(h.SPN, asked))
	}
}

// otherSPN returns the SPN of the same service at another host.
func otherSPN(spn, host string) string {
	service, _, _ := strings.Cut(spn, "/")
	return service + "/" + host
}

// sameFirst reports whether two hosts have one first label, and one of them has
// no more.
func sameFirst(a, b string) bool {
	x, restX, _ := strings.Cut(a, ".")
	y, restY, _ := strings.Cut(b, ".")
	return strings.EqualFold(x, y) && (restX == "" || restY == "")
}
