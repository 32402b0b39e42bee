package abuse

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// NTLMReflection is the rule ntlm-reflection: "NTLM reflection".
var NTLMReflection = &trace.Rule{
	Rule: report.Rule{
		ID: "ntlm-reflection", Title: "NTLM reflection", Severity: report.High,
		Evidence: "A logon of a machine came back to the same machine through another one, as in a relay (ntlm-relay). Or the server took a logon from another address for a call of its own machine (flag 0x00004000). " +
			"Or, medium, the name that the client calls holds marshalled target information, as nobody's name does.",
		NotIf: "A machine that calls itself through a balancer, a proxy or a NAT that turns packets round: its local calls come from the address of that. Where these are seen to pass on logons, nothing is reported.",
		Why: "A machine was made to log on to somebody in the middle, who logs on to that machine itself with it: as its system account, if it takes the logon for its own (CVE-2025-33073). " +
			"Updates and the loopback check are to prevent it.",
		Fix:        "Find the machine in the middle. Install current updates on the server; require SMB signing and Extended Protection; remove DNS records with such names (1UWhRCA...), and do not let everybody add records.",
		Log:        "Security log of the server: event 4624 type 3 of SYSTEM or of the machine account, from the address of the machine in the middle",
		References: []string{"CVE-2025-33073", "MS-NLMP 5.1", "KB896861"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			switch r := h.Relation; {
			case r != nil && r.Kind == trace.Proxied && r.IsRelay():
				return reflected(ix, r.X, h, r.Attack)
			case h.LocalCall && h.Frames.Challenge != 0:
				return remoteLocalCall(ix, h)
			}
			return marshalled(ix, h)
		},
		OnUnasked: func(ix *trace.Index, b *trace.Behind) []*trace.Finding {
			found := reflected(ix, b.X, b.Y, []string{fmt.Sprintf("the second connection asks for %s, which nobody asked for on the first", b.Unasked.Text)})
			for _, f := range found {
				f.Again = b.Relayed
			}
			return found
		},
	},
}

// reflected reports that the logon of x, which was relayed, came back to its own
// machine with y.
func reflected(ix *trace.Index, x, y *trace.Handshake, attack []string) []*trace.Finding {
	if !ix.Machines.Same(x.Client(), y.Server().Addr()) {
		return nil
	}
	f := ix.NewFinding(report.Sure, x.Client(), x.Account(), x, y)
	f.Explains = []*trace.Handshake{y, x}
	f.Summary = fmt.Sprintf("%s from %s: the logon of %s to %s came back to itself from %s, and %s", x.Who(), x.Client(), ix.ServerText(y), x.Server(), y.Client(), trace.OutcomeText(y))
	f.Evidence = append(ix.ShowAll(x, ix.AnswersText(x)), ix.ShowAll(y, ": the same token, the same challenge, at the machine that it came from")...)
	f.Detail = " What speaks against a proxy: " + strings.Join(attack, "; ") + "."
	return ix.One(f)
}

// remoteLocalCall reports a local call that came from another address than the
// server's.
func remoteLocalCall(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	client, server := h.Client(), h.Server().Addr()
	switch {
	case ix.Machines.Same(client, server), ix.Machines.ServesAs(client, h.ServerName()): // the machine itself, by another of its addresses
		return nil
	case client.IsLoopback(), ix.PassesLogons(client), h.Session.Proxy, h.BehindProxy(), strings.Contains(h.ForwardedFor, server.String()):
		return nil
	case passedByItself(ix, h):
		return nil
	}
	f := ix.NewFinding(report.Likely.Lower(h.Outcome != report.Accepted), client, "", h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s: %s took a logon from this address for one of its own machine (a local call), which %s", client, ix.ServerText(h), trace.OutcomeText(h))
	f.Evidence = append([]report.Evidence{ix.ShowChallenge(h)}, ix.ShowAll(h, ", from another address than the server's")...)
	return ix.One(f)
}

// passedByItself reports whether the machine of the server of h asked for the
// same, with the same challenge, at the machine that is the client of h: it
// calls itself through a proxy.
func passedByItself(ix *trace.Index, h *trace.Handshake) bool {
	others := ix.ChallengesLike(h)
	for x := others.Next(); x != nil; x = others.Next() {
		if ix.Machines.Same(h.Client(), x.Server().Addr()) && ix.Machines.Same(x.Client(), h.Server().Addr()) && x.Carrier == h.Carrier && x.Flags == h.Flags {
			return true
		}
	}
	return false
}

// marshalled reports a name that a client calls which holds marshalled target
// information.
func marshalled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if len(h.Host) < leastMarshalled && len(h.SPN) < leastMarshalled {
		return nil // nearly all
	}
	name := trace.HostOf(h.Host)
	if !isMarshalled(name) {
		if name = trace.SPNHost(h.SPN); !isMarshalled(name) {
			return nil
		}
	}
	f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
	f.Level(report.Medium)
	f.Subjects = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: logs on under the name %s, which holds marshalled target information", h.Who(), h.Client(), name)
	f.Evidence = ix.ShowAll(h, ", for "+name)
	f.Why = "To DNS the whole is one name, which leads to the attacker; Windows reads the name before the mark as the target, and may take it for its own machine (CVE-2025-33073). Somebody has set a trap, and a client has gone there."
	return ix.One(f)
}

// leastMarshalled is the length of the shortest name with such information.
const leastMarshalled = 40

// isMarshalled reports whether the first label of a host holds a marshalled
// CREDENTIAL_TARGET_INFORMATION: a mark and base64 of mostly zero bytes behind
// the name.
func isMarshalled(host string) bool {
	label, _, _ := strings.Cut(host, ".")
	_, rest, ok := strings.Cut(strings.ToLower(label), "1uwhrca")
	return ok && len(rest) >= 30 && strings.Count(rest, "a")*2 > len(rest)
}
