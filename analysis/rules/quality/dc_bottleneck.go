package quality

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// DCBottleneck is the rule dc-bottleneck: "Server waits for its domain
// controller".
var DCBottleneck = &trace.Rule{
	Rule: report.Rule{
		ID: "dc-bottleneck", Title: "Server waits for its domain controller", Severity: report.Medium,
		Evidence: "A logon that was refused 20 s or more after its AUTHENTICATE: no password is checked for so long. " +
			"Or the answers to the AUTHENTICATE of at least three users at one server became slow together (2 s and more), after fast ones, while its CHALLENGE messages and requests on connections that were logged on stayed fast.",
		NotIf: "A server or program that delays refusals on purpose; lost packets. For slow answers: an application that is slow for everybody, also on connections that are logged on.",
		Why: "The server makes the CHALLENGE alone, but asks a domain controller about the answer, over few calls at a time (MaxConcurrentApi). If these are all in use, or the controller is far or does not answer, logons wait, and are refused once the time is over, whatever the password. " +
			"A session on a connection that is logged on needs no controller.",
		Fix: "On the server: nltest /sc_query:DOMAIN and the counters Netlogon(*) Semaphore Waiters, Timeouts and Average Semaphore Hold Time; raise MaxConcurrentApi as KB2688798 reckons, on the domain controllers of trusting domains too. " +
			"Check the way to the domain controller (sites, firewall, a controller that is gone, trusts without a domain name), and use Kerberos, which asks no controller per logon. Samba and Squid: winbind max domain connections, more ntlm_auth children, log.winbindd.",
		Log:        "Netlogon.log of the server (nltest /dbflag:0x2080ffff): NlAllocateClientApi timed out, 0xC000005E; System log: Netlogon events 5783, 5816 to 5819; Security log: event 4625 with 0xC000005E",
		References: []string{"KB2688798", "MS-NRPC 3.5.4.5"},
	},
	Cause: true,
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByServer(f)
		k.User = f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		s := slowServers{recent.New[uint64, *slowServer](maxSlowServers)}
		return trace.Questions{OnHandshake: s.onHandshake, OnExchange: s.onExchange, OnLeave: s.onLeave}
	},
}

// What makes logons at a server slow together.
const (
	togetherTime  = 2 * time.Minute // in which they are
	togetherUsers = 3
	togetherUses  = 2                      // fast requests on connections that are logged on
	fastStep      = 500 * time.Millisecond // at most, of a CHALLENGE and of what is fast
	growth        = 4                      // how many times slower a slow logon is than the fast ones
	maxSlow       = 12                     // slow logons of one server that are kept

	maxSlowServers = 32
)

// slowServers are the servers with slow logons: others leave nothing here.
type slowServers struct {
	bySite *recent.Map[uint64, *slowServer]
}

// slowServer is what is known of one of them.
type slowServer struct {
	slow       []*trace.Handshake // within togetherTime of the last
	before     []*trace.Handshake // fast ones, before the first of them
	fast, late int                // requests on connections that are logged on
	fastUse    []report.Evidence  // of the first fast one
	reported   int                // how many of slow were reported
}

func (s slowServers) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.RefusedLate() {
		f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
		f.Kind = "refused"
		f.Explains = []*trace.Handshake{h}
		f.Write = writeRefusedLate
		return ix.One(f)
	}
	step := h.Step()
	if h.Outcome != report.Accepted || h.Mechanism != trace.NTLM || h.User == "" || step.Result-h.Conn.RTT() < slowResult || step.Challenge-h.Conn.RTT() > fastStep || h.Frames.Negotiate == 0 {
		return nil
	}
	k := s.bySite.Get(h.Site())
	if k == nil || len(k.slow) > 0 && trace.Elapsed(k.slow[len(k.slow)-1].ResultAt, h.AuthenticatedAt) > togetherTime {
		k = &slowServer{before: fastBefore(ix, h)}
		s.bySite.Set(h.Site(), k)
	}
	if len(k.slow) < maxSlow {
		k.slow = append(k.slow, h)
	}
	ix.Watch(h.Conn)
	return k.judge(ix)
}

// onLeave forgets a server of which no slow logon is in the window.
func (s slowServers) onLeave(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
	if s.bySite.Len() > 0 {
		if k := s.bySite.Get(h.Site()); k != nil && k.slow[len(k.slow)-1] == h {
			s.bySite.Delete(h.Site())
		}
	}
	return nil
}

// fastBefore returns the latest logons at the server of h whose answers were
// fast, as far as they were before h.
func fastBefore(ix *trace.Index, h *trace.Handshake) (out []*trace.Handshake) {
	for x := range ix.LatestAt(h) {
		if x != h && x.Outcome == report.Accepted && x.Frames.Result != 0 && x.ResultAt <= h.ResultAt && x.Step().Result-x.Conn.RTT() <= fastStep {
			out = append(out, x)
		}
	}
	return out
}

// onExchange counts the requests on connections that are logged on, of servers
// with slow logons.
func (s slowServers) onExchange(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
	if s.bySite.Len() == 0 || x.Before == nil || len(x.Auth.Request.Credentials) > 0 || !x.Auth.Request.Captured() || !x.Auth.Response.Captured() {
		return nil
	}
	k := s.bySite.Get(x.Before.Site())
	if k == nil {
		return nil
	}
	if trace.Elapsed(x.Auth.Request.Stamp.Time, x.Auth.Response.First.Time)-x.Conn.RTT() > fastStep {
		k.late++
		return nil
	}
	k.fast++
	if k.fastUse == nil {
		k.fastUse = ix.ShowExchange(x, ", on a connection that is logged on")
	}
	return k.judge(ix)
}

// judge reports the slow logons if they are slow together and nothing else at
// the server is.
func (k *slowServer) judge(ix *trace.Index) []*trace.Finding {
	if len(k.slow) == k.reported || k.fast < togetherUses || k.late*4 > k.fast || len(k.before) < togetherUsers {
		return nil
	}
	var users []string
	first, last := k.slow[0], k.slow[len(k.slow)-1]
	least, most := first.Step().Result, first.Step().Result
	for _, h := range k.slow {
		users = trace.AppendNew(users, h.Account())
		least, most = min(least, h.Step().Result), max(most, h.Step().Result)
	}
	if len(users) < togetherUsers || least < growth*slowest(k.before) {
		return nil
	}
	for x := range ix.LatestAt(last) {
		if x.Outcome == report.Accepted && x.AuthenticatedAt > first.AuthenticatedAt && x.ResultAt < last.ResultAt && x.Frames.Result != 0 && !slices.Contains(k.slow, x) && x.User != "" {
			return nil // logons beside them are fast: it is what these asked for
		}
	}
	f := ix.NewFinding(report.Likely, netip.Addr{}, "", k.slow...)
	f.Kind = "slow"
	f.Subjects = append(f.Subjects, k.slow...)
	f.Summary = fmt.Sprintf("%s: the answers to %d logons of %d users (%s) took %s to %s, those before %s at most; its CHALLENGE messages stayed fast",
		ix.ServerText(first), len(k.slow), len(users), strings.Join(users[:togetherUsers], ", "), trace.Seconds(least), trace.Seconds(most), trace.Seconds(slowest(k.before)))
	for _, h := range []*trace.Handshake{k.before[0], first, last} {
		answer, _ := ix.ShowResult(h)
		answer.Text += ", " + trace.Seconds(h.Step().Result) + " later"
		f.Evidence = append(f.Evidence, ix.ShowCredentials(h, ""), answer)
	}
	f.Evidence = append(f.Evidence, k.fastUse...)
	f.Latest, f.Again = true, k.reported > 0
	k.reported = len(k.slow)
	return ix.One(f)
}

// slowest returns the longest last step of logons.
func slowest(hs []*trace.Handshake) (out time.Duration) {
	for _, h := range hs {
		out = max(out, h.Step().Result)
	}
	return out
}

func writeRefusedLate(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	took := trace.Seconds(h.Step().Result)
	f.Summary = fmt.Sprintf("%s from %s: %s refused the %s logon after %s, as if its domain controller had not answered", h.Who(), h.Client(), ix.ServerText(h), h.MechanismName(), took)
	f.Evidence = ix.ShowAll(h, "")
	if n := len(f.Evidence); n > 1 {
		f.Evidence[n-1].Text += ", " + took + " later"
	}
	if c := h.Step().Challenge; h.Frames.Negotiate != 0 && h.Frames.Challenge != 0 {
		f.Detail = fmt.Sprintf(" Here the CHALLENGE took %s, and the answer to it %s.", trace.Seconds(c), took)
	}
}
