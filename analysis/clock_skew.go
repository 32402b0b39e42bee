package analysis

import (
	"fmt"
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
	off     time.Duration
	h       *Handshake
	refused *Handshake // a logon at that machine that was refused
	client  bool       // it is a client's clock
}

// skews are the clocks that messages told, by machine.
type skews struct {
	of    map[addr]*skew
	order []addr
}

// note takes what h tells of a clock: the server's in the CHALLENGE, or the
// client's in the AUTHENTICATE where the CHALLENGE has none.
func (s *skews) note(h *Handshake) {
	who, at, client := h.server().Addr(), ticksTime(h.issued.Timestamp()), false
	captured := h.challenged
	if h.Frames.Challenge == 0 || at == 0 {
		if h.Frames.Challenge == 0 || h.clientTime.IsZero() {
			return
		}
		who, at, client, captured = h.client(), h.clientTime.UnixNano(), true, h.authenticated
	}
	if s.of == nil {
		s.of = map[addr]*skew{}
	}
	k := s.of[who]
	off := time.Duration(at - captured)
	if k == nil {
		if len(s.order) >= maxClocks {
			return
		}
		k = &skew{off: off, h: h, client: client}
		s.of[who] = k
		s.order = append(s.order, who)
	}
	if off.Abs() < k.off.Abs() {
		k.off, k.h = off, h
	}
	if h.refused() && h.hasToken() && k.refused == nil { // an anonymous logon has no time
		k.refused = h
	}
}

// maxClocks bounds how many machines' clocks are remembered.
const maxClocks = 1 << 14

// ticksTime turns a FILETIME into nanoseconds since 1970; 0 if it is no plausible time.
func ticksTime(ticks uint64) int64 {
	const epoch, most = 116444736000000000, (1<<63 - 1) / 100
	if ticks < epoch || ticks-epoch > most {
		return 0
	}
	return int64(ticks-epoch) * 100
}

// usual gives the offset that the capture's own clock has, if several machines show it.
func (s *skews) usual() (time.Duration, bool) {
	if len(s.order) < 3 {
		return 0, false
	}
	var all []time.Duration
	for _, k := range s.of {
		all = append(all, k.off)
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

var clockSkew = &Rule{
	ID: "clock-skew", Title: "Clocks differ", Severity: Medium,
	Evidence:   "The time in the server's CHALLENGE, or in the client's AUTHENTICATE where the challenge has none, is more than 5 minutes from the time of the capture.",
	Confusions: "The clock of the capturing machine is wrong: then all machines show the same offset, which is taken off where there are at least three.",
	Why:        "Kerberos allows 5 minutes. NTLMv2 refuses older responses only up to Server 2008 R2 (36 hours, before Vista 30 minutes).",
	Fix:        "Synchronise the clocks (w32tm /query /status).",
	Log:        "System log: Time-Service and Kerberos events; KRB_AP_ERR_SKEW (37)",
	References: []string{"MS-NLMP 3.2.5.1.2", "RFC 4120 7.5.9"},
	Cause:      true, Fold: byServer,
	OnEnd: func(ix *Index) []*Finding {
		usual, several := ix.skews.usual()
		var out []*Finding
		for _, who := range ix.skews.order {
			k := ix.skews.of[who]
			off := k.off - usual
			if off.Abs() <= clockLimit {
				continue
			}
			f := finding(Likely.lower(!several), k.h.client(), "", k.h)
			switch {
			case k.refused == nil:
				f.level(Low)
			case off.Abs() > maxLifetime:
				f.Confidence, f.explains = Sure, []*Handshake{k.refused}
			}
			whose := "server " + ix.serverText(k.h)
			if k.client {
				whose = "client " + who.String()
			}
			f.Summary = fmt.Sprintf("the clock of the %s is %s %s", whose, off.Abs().Round(time.Second), direction(off))
			f.Evidence = []Evidence{k.h.show(k.h.Frames.Challenge, false, "CHALLENGE; its clock and that of the capture differ by %s", k.off.Round(time.Second))}
			if k.refused != nil {
				f.Evidence = append(f.Evidence, k.refused.showAll("")...)
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
