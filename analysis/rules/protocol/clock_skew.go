package protocol

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// clockLimit is how far clocks may be apart: the limit of Kerberos.
const clockLimit = 5 * time.Minute

// maxLifetime is the age at which servers up to 2008 R2 refuse an NTLMv2
// response, MS-NLMP appendix B note 39.
const maxLifetime = 36 * time.Hour

// clockKey is whose clock it is. A load balancer, or a forward proxy, has several
// servers behind one address: a clock that differs from the first one there is
// that of its issuer.
type clockKey struct {
	host   *trace.Host
	issuer *trace.Issuer // nil for the first clock, and for a client
}

// oneClock is how far apart the times of one clock may seem, because messages
// were under way for long.
const oneClock = time.Minute

// maxAlike bounds the servers behind one address of which it is known that their
// clocks agree: as many as it takes, with the first, to be several.
const maxAlike = 2

// skew is how far the clock of a machine is from that of the capture, at best.
type skew struct {
	who     netip.Addr
	off     time.Duration
	h       *trace.Handshake
	refused *trace.Handshake // a logon at that machine that was refused
	alike   []*trace.Issuer  // other servers behind the same address with that time, maxAlike at most
	client  bool             // it is a client's clock
}

// clocks are the clocks that messages showed.
type clocks struct {
	list []*skew // in order of appearance
	of   map[clockKey]*skew
	most int
}

// add notes what h shows of a clock: the server's in the CHALLENGE, or the
// client's in the AUTHENTICATE where the CHALLENGE has none.
func (c *clocks) add(h *trace.Handshake) {
	if h.Frames.Challenge == 0 {
		return
	}
	who, at, client, captured := h.Conn.Server, ticksTime(h.IssuedAt), false, h.ChallengedAt
	if at == 0 {
		if h.ClientTime == 0 {
			return
		}
		who, at, client, captured = h.Conn.Client, h.ClientTime, true, h.AuthenticatedAt
	}
	key := clockKey{host: who}
	k := c.of[key]
	off := time.Duration(at - captured)
	switch {
	case k == nil || client || k.h.Issuer == h.Issuer:
	case (off - k.off).Abs() > oneClock:
		key.issuer = h.Issuer
		k = c.of[key]
	case len(k.alike) < maxAlike:
		k.alike = trace.AppendNew(k.alike, h.Issuer)
	}
	if k == nil {
		if len(c.list) >= c.most {
			return
		}
		k = &skew{who: who.Addr(), off: off, h: h, client: client}
		c.of[key] = k
		c.list = append(c.list, k)
	}
	if k.h.Issuer == h.Issuer && off.Abs() < k.off.Abs() {
		k.off, k.h = off, h
	}
	if h.Refused() && h.HasToken() && k.refused == nil { // an anonymous logon has no time
		k.refused = h
	}
}

// ticksTime turns a FILETIME into nanoseconds since 1970; 0 if it is not
// plausible.
func ticksTime(ticks uint64) int64 {
	const epoch, most = 116444736000000000, (1<<63 - 1) / 100
	if ticks < epoch || ticks-epoch > most {
		return 0
	}
	return int64(ticks-epoch) * 100
}

// usual returns the offset that the capture's own clock has, if several
// machines show it.
func (c *clocks) usual() (time.Duration, bool) {
	var all []time.Duration
	for _, k := range c.list {
		for range k.alike {
			all = append(all, k.off)
		}
		all = append(all, k.off)
	}
	if len(all) < 3 {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

// ClockSkew is the rule clock-skew: "Clocks differ".
var ClockSkew = &trace.Rule{
	Rule: report.Rule{
		ID: "clock-skew", Title: "Clocks differ", Severity: report.Medium,
		Evidence:   "The time in the server's CHALLENGE, or in the client's AUTHENTICATE where the challenge has none, is more than 5 minutes from the time of the capture.",
		NotIf:      "The clock of the capturing machine is wrong: then all machines show the same offset, which is taken off where there are at least three.",
		Why:        "Kerberos allows 5 minutes. NTLMv2 refuses older responses only up to Server 2008 R2 (36 hours, before Vista 30 minutes).",
		Fix:        "Synchronise the clocks (w32tm /query /status).",
		Log:        "System log: Time-Service and Kerberos events; KRB_AP_ERR_SKEW (37)",
		References: []string{"MS-NLMP 3.2.5.1.2", "RFC 4120 7.5.9"},
	},
	Cause: true, Fold: trace.ByServer,
	New: func(ix *trace.Index) trace.Questions {
		c := &clocks{of: map[clockKey]*skew{}, most: ix.Limits.Clocks}
		return trace.Questions{
			OnHandshake: func(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
				c.add(h)
				return nil
			},
			OnEnd: c.report,
		}
	},
}

// report returns a finding about each clock that is too far off.
func (c *clocks) report(ix *trace.Index) []*trace.Finding {
	usual, several := c.usual()
	var out []*trace.Finding
	for _, k := range c.list {
		off := k.off - usual
		if off.Abs() <= clockLimit {
			continue
		}
		f := ix.NewFinding(report.Likely.Lower(!several), k.h.Client(), "", k.h)
		switch {
		case k.refused == nil:
			f.Level(report.Low)
		case off.Abs() > maxLifetime:
			f.Confidence, f.Explains = report.Sure, []*trace.Handshake{k.refused}
		}
		whose := "server " + ix.ServerText(k.h)
		if k.client {
			whose = "client " + k.who.String()
		}
		f.Summary = fmt.Sprintf("the clock of the %s is %s %s", whose, off.Abs().Round(time.Second), direction(off))
		f.Evidence = []report.Evidence{ix.Show(k.h, k.h.Frames.Challenge, false, "CHALLENGE; its clock and that of the capture differ by %s", k.off.Round(time.Second).String())}
		if k.refused != nil {
			f.Evidence = append(f.Evidence, ix.ShowAll(k.refused, "")...)
		}
		out = append(out, f)
	}
	return out
}

func direction(off time.Duration) string {
	if off < 0 {
		return "behind"
	}
	return "ahead"
}
