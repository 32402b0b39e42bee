package abuse

import (
	"fmt"
	"net/netip"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// LoopbackCheck is the rule loopback-check: "Server refuses its own machine
// under another name".
var LoopbackCheck = &trace.Rule{
	Rule: report.Rule{
		ID: "loopback-check", Title: "Server refuses its own machine under another name", Severity: report.Medium,
		Evidence: "Client and server are one machine, by their addresses and by the workstation in the token, the Host field is no name of that machine, and the logon is refused each time. " +
			"Or the server recognised a call of its own machine (a local call) and refused it.",
		NotIf: "A wrong password that is typed at the server itself looks alike: try the same from another machine.",
		Why: "Windows refuses NTLM from its own machine to itself under a name that is not its own (an alias, a host header, the name of a farm): the loopback check. " +
			"The password does not matter, and the same logon works from other machines.",
		Fix: `Add the name to the list BackConnectionHostNames (REG_MULTI_SZ below HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0) and restart the service, on each node of a farm; ` +
			"or let programs on the machine use its own name. Do not set DisableLoopbackCheck on a server in production: it opens the machine to reflection.",
		Log:        "System log of the machine: LsaSrv event 6037, which names the program and the target; Security log: event 4625 from 127.0.0.1 or its own address, Status 0xC000006D; IIS log: 401 1 2148074252",
		References: []string{"KB896861"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		l := loops{recent.New[loop, []*trace.Finding](1 << 10), recent.New[*trace.Handshake, bool](1 << 10)}
		return trace.Questions{OnHandshake: l.onHandshake, OnNext: l.onNext, OnSettled: l.onSettled}
	},
}

// loop is a name by which a machine calls itself.
type loop struct {
	client netip.Addr
	server netip.AddrPort
	host   string
}

// loops are the findings by that name: where it is accepted later, it is not
// the name that was refused. A first refusal waits for the next try: whoever
// mistyped is accepted then.
type loops struct {
	refused *recent.Map[loop, []*trace.Finding]
	waiting *recent.Map[*trace.Handshake, bool]
}

// maxLoops bounds the findings of one name.
const maxLoops = 64

func loopOf(h *trace.Handshake) loop { return loop{h.Client(), h.Server(), trace.HostOf(h.Host)} }

func (l loops) onHandshake(ix *trace.Index, h *trace.Handshake) (found []*trace.Finding) {
	if h.Outcome == report.Accepted && l.refused.Len() > 0 {
		k := loopOf(h)
		found = l.refused.Get(k)
		l.refused.Delete(k)
		return found
	}
	if callsItself(ix, h) {
		l.waiting.Set(h, true)
	}
	return nil
}

func (l loops) onNext(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding {
	if !next.Refused() {
		return nil
	}
	return l.onSettled(ix, h)
}

// onSettled reports a refusal that was put off, unless the name is accepted.
func (l loops) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if l.waiting.Len() == 0 || !l.waiting.Has(h) {
		return nil
	}
	l.waiting.Delete(h)
	elsewhere, fine := acceptedNearby(ix, h)
	if fine || ix.NamedBefore(h, "loopback-check") {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	if elsewhere != nil {
		f.Confidence = report.Sure
		f.Detail = fmt.Sprintf(" The same account is accepted from %s, in frame %d.", elsewhere.Client(), ix.Number(elsewhere, elsewhere.Frames.Result))
	}
	f.Write = writeLoopback
	k := loopOf(h)
	if list := l.refused.Get(k); len(list) < maxLoops {
		l.refused.Set(k, append(list, ix.WithdrawalOf(f)))
	}
	return ix.One(f)
}

// acceptedNearby returns a logon of the account of h that the server accepted
// from another machine; fine is true if it accepted one from its own machine
// under the same name.
func acceptedNearby(ix *trace.Index, h *trace.Handshake) (elsewhere *trace.Handshake, fine bool) {
	for x := range ix.LatestAt(h) {
		switch {
		case x.Outcome != report.Accepted:
		case loopOf(x) == loopOf(h):
			return nil, true
		case x.Client() != h.Client() && x.SameAccount(h) && !h.LocalCall:
			elsewhere = x
		}
	}
	return elsewhere, false
}

func writeLoopback(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s: %s refused a logon from its own machine, for the name %s", h.Who(), h.Client(), ix.ServerText(h), trace.HostOf(h.Host))
	if h.LocalCall {
		f.Summary = fmt.Sprintf("%s: %s recognised a local call from its own machine, and refused it", h.Client(), ix.ServerText(h))
		f.Why = "Client and server are one machine, so that no password is sent: the server looks at the program's own logon. It refuses that where the name is not its own (the loopback check), or where the program's account may not log on there (401.3)."
	}
	f.Evidence = append([]report.Evidence{ix.ShowChallenge(h)}, ix.ShowAll(h, "")...)
}

// callsItself reports whether h was refused, client and server are one machine,
// and the client does not use its name.
func callsItself(ix *trace.Index, h *trace.Handshake) bool {
	if !h.Refused() || h.Mechanism != trace.NTLM || h.Frames.Challenge == 0 || h.Relation != nil || h.Session.Proxy || h.BehindProxy() {
		return false
	}
	if !ix.Machines.Same(h.Client(), h.Server().Addr()) {
		return false
	}
	if h.LocalCall {
		return true
	}
	host := trace.HostOf(h.Host)
	if _, err := netip.ParseAddr(host); err == nil || host == "" || h.HasServerName(host) {
		return false
	}
	// A proxy on the machine of the server is its client for people elsewhere.
	return trace.SameComputer(h.Workstation, h.ServerName()) && h.ForwardedFor == ""
}
