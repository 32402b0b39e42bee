package kerberos

import (
	"fmt"
	"net/netip"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// TargetNamedByIP is the rule target-named-by-ip: "Server named by IP address".
var TargetNamedByIP = &trace.Rule{
	Rule: report.Rule{
		ID: "target-named-by-ip", Title: "Server named by IP address", Severity: report.Low,
		Evidence:   "The Host field, or the service name in the client's token, is an IP address, and NTLM was used.",
		NotIf:      "None for an address in the Host field.",
		Why:        "There is no Kerberos ticket for an IP address, unless SPNs of addresses are set up: the client can only use NTLM.",
		Fix:        "Use the DNS name for which there is an SPN.",
		References: []string{"MS-NLMP 2.2.2.1"},
	},
	Fold: trace.ByClientServers,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Mechanism != trace.NTLM || h.Frames.Authenticate == 0 || h.Session.Proxy {
				return nil
			}
			if targetAddress(h) == "" {
				return nil
			}
			f := ix.NewFinding(report.Sure, h.Client(), h.Account(), h)
			f.Write = writeTargetNamedByIP
			return ix.One(f)
		},
	},
}

func writeTargetNamedByIP(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	name := targetAddress(h)
	f.Summary = fmt.Sprintf("%s from %s names the server %s by its address: NTLM, never Kerberos", h.Who(), h.Client(), name)
	f.Evidence = []report.Evidence{ix.ShowCredentials(h, ", for "+name)}
}

// targetAddress returns the address that h names its server by; "" if it gives
// a name.
func targetAddress(h *trace.Handshake) string {
	if name := trace.SPNHost(h.SPN); isAddress(name) {
		return name
	}
	if name := trace.HostOf(h.Host); isAddress(name) {
		return name
	}
	return ""
}

// isAddress reports whether a host is named by its address.
func isAddress(name string) bool {
	if name == "" || strings.IndexByte(name, ':') < 0 && (name[0] < '0' || name[0] > '9') {
		return false // nearly all: parsing would make an error for each
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}
