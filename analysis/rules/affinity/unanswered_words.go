package affinity

import (
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// unansweredWords say what an answer to a NEGOTIATE means, and what to do.
type unansweredWords struct {
	kind          string // tells rows apart
	what          string // ends the summary
	why, fix, log string
}

// wordsOf returns the words for the answer to h.
func wordsOf(h *trace.Handshake, t unansweredTry) unansweredWords {
	var w unansweredWords
	switch h.Reply {
	case auth.Asked:
		w = askedWords(h, t)
	case auth.Malformed:
		w = unansweredWords{
			"malformed", "the request was refused as it is written, before any logon",
			"The request did not come as far as the logon: its head is too long (a token, cookies), the Host is not one that is served, or a field is malformed. Or the service takes no Windows logon at all, and answers a request that tries one so.",
			"Send the same request without Authorization: if that is refused too, it is not the logon. IIS: look up the reason in the HTTPERR log (Hostname, FieldLength, RequestLength, BadRequest), and raise MaxFieldLength and MaxRequestBytes for long heads; " +
				"Apache: LimitRequestFieldSize; nginx: large_client_header_buffers; HAProxy: tune.bufsize; Tomcat: maxHttpHeaderSize; Business Central and NAV: ClientServicesCredentialType must be Windows, and NTLM enabled for the service.",
			`C:\Windows\System32\LogFiles\HTTPERR: the reason is the last but one field; IIS log: 400`,
		}
	case auth.Forbidden:
		w = unansweredWords{
			"forbidden", "refused before any logon, for where it comes from or what it asks for",
			"Something refuses this request whoever asks: a list of addresses, a client certificate or TLS that is required (IIS 403.4, 403.6, 403.7), a web application firewall, request filtering.",
			"Find who answers: the Server field, or the body. IIS: the sub-status of the 403 says the reason; Apache: Require ip, Require ssl; a firewall on the way: its log. Let it pass requests with Authorization.",
			"IIS log: 403 with its sub-status (4, 6, 7, 8, 14, 18)",
		}
	case auth.Broken:
		w = unansweredWords{
			"broken", "an error in the server when it began the logon",
			"The server's security package, or the module that calls it, failed on the NEGOTIATE: it has no trust with its domain, may not use the package, or knows no NTLM at all.",
			"IIS: look at the sc-win32-status, check Test-ComputerSecureChannel, the account of the application pool and that Windows Authentication is installed. ASP.NET Core: on Linux Negotiate takes Kerberos only, unless gss-ntlmssp is installed, and behind a proxy needs one connection for each client; under IIS use IISDefaults, not AddNegotiate. " +
				"Apache: mod_auth_gssapi and mod_auth_kerb need a keytab that the server can read; mod_auth_ntlm_winbind needs winbindd. Tomcat, Jetty: Waffle's or the SPNEGO filter's log.",
			"IIS log: 500 with sc-win32-status 21480742xx (SEC_E_...); System log: LsaSrv 6037 to 40970; Apache error log: gss_acquire_cred, gss_accept_sec_context",
		}
	case auth.Unavailable:
		w = unansweredWords{
			"unavailable", "the server, or one behind it, does not answer now",
			"The application behind this address was stopped or overloaded, or what stands in front of it did not reach it. No logon was tried.",
			"Look whether the application runs: IIS answers 503 for a stopped application pool (rapid-fail protection), a proxy or load balancer 502 to 504 for a server that it does not reach.",
			"HTTPERR log: AppOffline, QueueFull, ConnLimit; System log: WAS 5002, 5059; HAProxy log: SC--, sC--; nginx error log: upstream",
		}
	case auth.Served, auth.Other:
		w = unansweredWords{
			"served", "what was asked for needs no logon",
			"The server does not ask who the user is here: anonymous access is on, and goes first, or this part of the site has a logon of its own. The client sent the NEGOTIATE without being asked.",
			"If the user is to be known here: IIS: disable Anonymous Authentication for this path; Apache: Require valid-user. Else let the client wait until it is asked (curl: --anyauth).",
			"IIS log: the status without a user name",
		}
		if t.emptyPost {
			w.what += "; the body of the " + h.Target()[:strings.IndexByte(h.Target()+" ", ' ')] + ", held back until a CHALLENGE, was never sent"
			w.fix = "If the body is missing in the application: one logon for the whole site, not for parts of it (Internet Explorer and Edge hold the body of a POST back once they logged on to the site). " + w.fix
		}
	case auth.Moved:
		w = unansweredWords{
			"moved", "sent elsewhere, as to a page for signing in",
			"The site signs users in by itself (a form, SAML, OAuth, a cloud proxy), or has moved to another address or to TLS. It does not look at NTLM here.",
			"Follow the Location of the answer. A program needs an address that takes Windows logons, or the sign-in that the site wants; a proxy for sign-in in front (ADFS, Azure AD Application Proxy, Keycloak) has to let this path pass.",
			"IIS log: 302 without a user name",
		}
	}
	if h.Session.Proxy {
		w.byProxy(h)
	}
	return w
}

// askedWords returns the words for an answer that only asks again.
func askedWords(h *trace.Handshake, t unansweredTry) unansweredWords {
	offers := strings.Split(t.offered, ", ")
	ntlm, negotiate := slices.Contains(offers, "NTLM"), slices.Contains(offers, "Negotiate")
	switch {
	case h.Closing != 0:
		return unansweredWords{
			"closed", "it asks again, and " + announced(h.Closing),
			"NTLM authenticates a connection. This one ends with the first answer, so the server sees a beginning each time and has nobody to go on with.",
			keepAlive(h.Closing),
			"IIS log: 401 2 or 401 1 2148074254 again and again, no user name",
		}
	case negotiate && !ntlm:
		return unansweredWords{
			"kerberos-only", "it offers " + t.offered + " and takes no NTLM by it, Kerberos only",
			"The server takes no NTLM: by its providers (IIS Negotiate:Kerberos), its library (mod_auth_gssapi, a SPNEGO filter in Java), or a policy. " + noTicket(h),
			"Get the client a ticket: the DNS name in the URL, an SPN for it (setspn -Q HTTP/name), a domain controller in reach, a domain account (kinit). A program needs a library with Kerberos: curl --negotiate with GSS-API or SSPI, requests-gssapi, gokrb5, Java with a krb5.conf. " +
				"Or let the server take NTLM: IIS: providers Negotiate and NTLM; Apache mod_auth_gssapi: gss-ntlmssp.",
			"IIS log: 401 1 2148074254; Apache error log: NTLM authentication not allowed, or an unsupported mechanism was requested; policy: Microsoft-Windows-NTLM/Operational 4001 to 4003, 8001 to 8004",
		}
	case t.offered == "":
		return unansweredWords{
			"silent", "it asks for a logon and offers no scheme",
			"The application refuses the request by itself, without the module that logs on: a wrong order of modules, an application that sets 401, or a proxy on the way that removes WWW-Authenticate.",
			"IIS: enable Windows Authentication for this path, and no forms or token authentication before it; compare with a capture on the server itself to see whether a proxy drops the field.",
			"IIS log: 401 0, or 401 5 (refused by the application)",
		}
	case !ntlm && !negotiate:
		return unansweredWords{
			"other-scheme", "it offers " + t.offered + ", no NTLM",
			"The server does not take the scheme that the client tries at this place.",
			"Let the client use what is offered (" + t.offered + "), or enable NTLM or Negotiate for this path on the server.",
			"IIS log: 401 2",
		}
	}
	return unansweredWords{
		"ntlm-again", "it offers " + t.offered + " again and does not go on",
		"NTLM is refused there by a policy; the module that answers 401 does not know the protocol; something on the way drops or changes the Authorization field; or requests of one connection reach the server over several.",
		"IIS: install and enable Windows Authentication, with NTLM among its providers. Policy: Network security: Restrict NTLM: Incoming NTLM traffic. Apache: mod_authnz_sspi or mod_auth_ntlm_winbind with KeepAlive On; winbindd_privileged readable for it. " +
			"A proxy on the way: nginx without proxy_set_header Authorization, with ntlm and proxy_http_version 1.1; HAProxy with http-reuse never; a gateway or firewall that takes Authorization for its own. Capture on the server too, and compare the field.",
		"Microsoft-Windows-NTLM/Operational 4001 to 4003, 8001 to 8004 (policy); IIS log: 401 2, 401 1 2148074254",
	}
}

// noTicket returns in words why the client of h may have had no ticket.
func noTicket(h *trace.Handshake) string {
	if _, err := netip.ParseAddr(trace.HostOf(h.Host)); err == nil && !h.Session.Proxy {
		return "The client named the server by its address: there is no ticket for an address."
	}
	if h.KerberosWanted {
		return "The client knows Kerberos and got no ticket: no SPN for the name, no domain controller in reach, a local account."
	}
	return "The client had no ticket, or knows no Kerberos: no SPN for the name, no domain controller in reach, a local account, a library that speaks NTLM alone."
}

// byProxy makes w one about a proxy.
func (w *unansweredWords) byProxy(h *trace.Handshake) {
	switch h.Reply {
	case auth.Asked:
		if w.kind == "closed" {
			return
		}
		w.fix = "Squid: auth_param ntlm or negotiate with a helper that runs (ntlm_auth from Samba, winbindd_privileged readable for Squid's group), keep_alive on; name the proxy by its DNS name, with the SPN HTTP/name, for Kerberos. " +
			"Let a program use a scheme that the proxy offers, or a local proxy that logs on for it (px, cntlm)."
		w.log = "Squid: cache.log (helper errors), access.log: TCP_DENIED/407 without a user; Microsoft-Windows-NTLM/Operational 4001 to 4003, 8001 to 8004"
	case auth.Malformed:
		w.why = "The proxy refused the request before it asked who the user is: its head is too long for it, or it is malformed."
		w.fix = "Squid: request_header_max_size, and the reason in access.log; HAProxy: tune.bufsize; nginx: large_client_header_buffers. Try the same without Proxy-Authorization."
		w.log = "Squid access.log: NONE/400 or TAG_NONE/400, error:invalid-request; cache.log"
	case auth.Broken:
		w.why = "The proxy failed when it began the logon, or the site behind it did and the proxy asked for none: a helper that died, or cannot reach its domain."
		w.fix = "Squid: test the helper by hand (wbinfo -t, ntlm_auth --helper-protocol=squid-2.5-ntlmssp), let its group read winbindd_privileged, raise the number of helpers (auth_param ntlm children)."
		w.log = "Squid cache.log: ntlmauthenticator helper errors, queue overload"
	case auth.Forbidden:
		w.what = "the proxy refuses what was asked for, before any logon, or the site behind it does"
		w.why = "A rule of the proxy denies the request before it asks who the user is (Squid: http_access deny before the rule with proxy_auth), or the site behind it answered so."
		w.fix = "Look which rule of the proxy applies: ports and addresses that it allows for CONNECT, categories, the order of http_access."
		w.log = "Squid access.log: TCP_DENIED/403"
	case auth.Unavailable:
		w.what = "the proxy does not reach what was asked for"
		w.why = "The proxy let the request pass without a logon, or gave up before; the site behind it did not answer."
		w.fix = "Check the name and port that were asked for, and the proxy's own way out (DNS, parent proxy)."
		w.log = "Squid access.log: TCP_MISS/503, HIER_NONE"
	case auth.Served, auth.Other, auth.Moved:
		w.kind, w.what = "served", "the proxy let it through without a logon"
		w.why = "The proxy does not ask who the user is for this request: its rules let it through, or the address of the client is known to it."
		w.fix = "Nothing is to be done, unless the proxy is to know its users: then let it ask for every request (Squid: acl proxy_auth REQUIRED before http_access allow)."
		w.log = ""
	}
}
