package abuse

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// sentText compares what h sent to log on with what the server is.
func sentText(h *trace.Handshake) string {
	domain, workstation := "no domain", "no workstation"
	if h.Domain != "" {
		domain = "domain " + h.Domain
	}
	if h.Workstation != "" {
		workstation = "workstation " + h.Workstation
	}
	user := "user " + h.User
	if strings.Contains(h.User, "@") {
		user = "UPN " + h.User
	}
	text := fmt.Sprintf("Sent: %s, %s, %s, %s.", domain, user, workstation, h.ResponseVersion)
	if server := serverText(h); server != "" {
		text += " The server: " + server + "."
	}
	for _, hint := range []string{odd(h), accountHint(h)} {
		if hint != "" {
			text += " " + hint
		}
	}
	return text
}

// serverText returns what the CHALLENGE of h says of the server; "" if that is
// nothing.
func serverText(h *trace.Handshake) string {
	switch name, domain := h.ServerName(), h.ServerDomain(); {
	case name == "":
		return ""
	case domain == "":
		return name
	case strings.EqualFold(name, domain):
		return name + ", in no domain"
	default:
		return name + ", domain " + domain
	}
}

// odd returns what is odd in the names that h sent; "" if nothing is.
func odd(h *trace.Handshake) string {
	switch {
	case h.OEMNames:
		return "The flags of the token say Unicode, and its names are single bytes: the client is broken, and the server reads other names (take another version of the client or of its library)."
	case strings.Contains(h.User, `\`):
		return "The user name itself has a backslash: domain and user are to be sent apart, so give them to the program apart."
	case strings.Contains(h.User, "@") && h.Domain != "":
		return "A UPN is sent with an empty domain; with a domain beside it servers look for an account of just that name: leave the domain out, or give the short name of the user."
	}
	return ""
}

// accountHint returns which account the server looks for; "" if that is plain.
func accountHint(h *trace.Handshake) string {
	name, domain := h.ServerName(), h.ServerDomain()
	own := strings.EqualFold(name, domain)
	switch {
	case name == "" || strings.Contains(h.User, "@"):
		return ""
	case h.Domain == "" || h.Domain == ".":
		return fmt.Sprintf("Without a domain %s looks for the account among its own first: name it, as in %s.", name, accountIn(domain, name, h.User))
	case trace.SameComputer(h.Domain, name):
		return fmt.Sprintf("That is a local account of %s: it has a password of its own, and over the network it may be restricted (LocalAccountTokenFilterPolicy, \"deny access from the network\").", name)
	case own && domain != "":
		return fmt.Sprintf("%s is in no domain and knows its own accounts only: %s.", name, name+`\`+h.User)
	case domain == "":
		return ""
	case isDomain(h, h.Domain) && h.SPN == "":
		return fmt.Sprintf(`The domain is the one that the CHALLENGE names, and some programs copy it from there: a local account of %[1]s needs %[1]s\%[2]s.`, name, h.User)
	case isDomain(h, h.Domain):
		return ""
	case trace.SameComputer(h.Domain, h.Workstation):
		return fmt.Sprintf("The domain is the client itself: a local account of %s, which %s does not know.", h.Workstation, name)
	}
	return fmt.Sprintf("%s is neither %s nor its domain: a trusted domain, or a wrong name.", h.Domain, name)
}

// accountIn returns the account of user in a domain, or at a server.
func accountIn(domain, server, user string) string {
	if domain == "" || strings.EqualFold(domain, server) {
		return server + `\` + user
	}
	return fmt.Sprintf(`%s\%s or %s\%s`, domain, user, server, user)
}

// isDomain reports whether a domain that was sent is that of the server, in
// either form.
func isDomain(h *trace.Handshake, domain string) bool {
	_, dns, _ := strings.Cut(h.ServerDNS(), ".")
	return strings.EqualFold(domain, h.ServerDomain()) || dns != "" && strings.EqualFold(domain, dns)
}

// alsoRefused lists what makes a server refuse the right password in the same
// way.
func alsoRefused(h *trace.Handshake) string {
	text := "A right password is refused alike where a policy blocks NTLM (0xC0000418), or where Extended Protection wants a channel binding (0xC000035B): " + claimText(h)
	switch h.ResponseVersion {
	case ntlm.NTLMv1, ntlm.NTLMv1ESS, ntlm.LM:
		text += "; or where NTLMv2 is demanded (LmCompatibilityLevel 5): this token is " + h.ResponseVersion.String()
	}
	return text + "."
}

// claimText says what h claims of a TLS channel, and which servers refuse that.
func claimText(h *trace.Handshake) string {
	switch {
	case h.ResponseVersion != ntlm.NTLMv2:
		return "this token cannot have one"
	case h.Channel == ntlm.BoundClaim:
		return "this token is bound to a TLS channel, and there is no TLS here"
	case h.Channel == ntlm.ZeroClaim:
		return "that of this token is all zero, which says that there is no TLS; a server that is reached over TLS (a balancer that ends it) refuses it if it accepts or requires bindings"
	}
	return "this token has none, and a server that requires one refuses it (a client library that sends it, such as requests-ntlm, or tokenChecking Allow in IIS)"
}
