package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"slices"
	"time"
)

// clockLimit is how far clocks may be apart: the limit of Kerberos.
const clockLimit = 5 * time.Minute

// maxLifetime is the age at which servers up to 2008 R2 refuse an NTLMv2
// response, MS-NLMP appendix B note 39.
const maxLifetime = 36 * time.Hour

// skew is how far the clock of a machine is from that of the capture, at best.
type skew struct {
	who     addr
	off     time.Duration
	h       *handshakeState
	refused *handshakeState // a logon at that machine that was refused
	client  bool            // it is a client's clock
}

// noteClock takes what h tells of a clock: the server's in the CHALLENGE, or the
// client's in the AUTHENTICATE where the CHALLENGE has none.
func (ix *Index) noteClock(h *handshakeState) {
	if h.Frames.Challenge == 0 {
		return
	}
	who, at, client, captured := h.leg.server, ticksTime(h.issuedAt), false, h.challenged
	if at == 0 {
		if h.clientTime == 0 {
			return
		}
		who, at, client, captured = h.leg.client, h.clientTime, true, h.authenticated
	}
	k := who.skew
	off := time.Duration(at - captured)
	if k == nil {
		if len(ix.clocks) >= ix.limits.clocks {
			return
		}
		k = &skew{who: who.addr(), off: off, h: h, client: client}
		who.skew = k
		ix.clocks = append(ix.clocks, k)
	}
	if off.Abs() < k.off.Abs() {
		k.off, k.h = off, h
	}
	if h.refused() && h.hasToken() && k.refused == nil { // an anonymous logon has no time
		k.refused = h
	}
}

// ticksTime turns a FILETIME into nanoseconds since 1970; 0 if it is no plausible time.
func ticksTime(ticks uint64) int64 {
	const epoch, most = 116444736000000000, (1<<63 - 1) / 100
	if ticks < epoch || ticks-epoch > most {
		return 0
	}
	return int64(ticks-epoch) * 100
}

// usualSkew gives the offset that the capture's own clock has, if several machines show it.
func (ix *Index) usualSkew() (time.Duration, bool) {
	if len(ix.clocks) < 3 {
		return 0, false
	}
	var all []time.Duration
	for _, k := range ix.clocks {
		all = append(all, k.off)
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

var clockSkew = &Rule{
	Rule: report.Rule{
		ID: "clock-skew", Title: "Clocks differ", Severity: report.Medium,
		Evidence:   "The time in the server's CHALLENGE, or in the client's AUTHENTICATE where the challenge has none, is more than 5 minutes from the time of the capture.",
		NotIf:      "The clock of the capturing machine is wrong: then all machines show the same offset, which is taken off where there are at least three.",
		Why:        "Kerberos allows 5 minutes. NTLMv2 refuses older responses only up to Server 2008 R2 (36 hours, before Vista 30 minutes).",
		Fix:        "Synchronise the clocks (w32tm /query /status).",
		Log:        "System log: Time-Service and Kerberos events; KRB_AP_ERR_SKEW (37)",
		References: []string{"MS-NLMP 3.2.5.1.2", "RFC 4120 7.5.9"},
	},
	Cause: true, Fold: byServer,
	OnEnd: func(ix *Index) []*Finding {
		usual, several := ix.usualSkew()
		var out []*Finding
		for _, k := range ix.clocks {
			off := k.off - usual
			if off.Abs() <= clockLimit {
				continue
			}
			f := ix.finding(report.Likely.Lower(!several), k.h.client(), "", k.h)
			switch {
			case k.refused == nil:
				f.level(report.Low)
			case off.Abs() > maxLifetime:
				f.Confidence, f.explains = report.Sure, []*handshakeState{k.refused}
			}
			whose := "server " + ix.serverText(k.h)
			if k.client {
				whose = "client " + k.who.String()
			}
			f.Summary = fmt.Sprintf("the clock of the %s is %s %s", whose, off.Abs().Round(time.Second), direction(off))
			f.Evidence = []report.Evidence{ix.show(k.h, k.h.Frames.Challenge, false, "CHALLENGE; its clock and that of the capture differ by %s", k.off.Round(time.Second).String())}
			if k.refused != nil {
				f.Evidence = append(f.Evidence, ix.showAll(k.refused, "")...)
			}
			out = append(out, f)
		}
		return out
	},
}

func direction(off time.Duration) string {
	if off < 0 {
		return "behind"
	}
	return "ahead"
}
