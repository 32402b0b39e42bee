package analysis

import (
	"cmp"
	"ntlmtrace/analysis/report"
	"slices"
)

// End says that everything was read, and gives what is known then. The
// handshakes that are still retained are given out first.
func (a *Analysis) End(sources []SourceReport) report.Report {
	a.endLegs()
	for a.queue.len() > 0 {
		a.next()
	}
	a.review(sources)
	a.ended = true
	for a.window.inside > 0 {
		a.leave(a.window.item(0))
	}
	return a.report(sources)
}

// Review asks the rules that judge by all that was read (OnEnd) what they can say by now,
// with the sources as far as they were read: a capture that goes on for days
// has no end to wait for. What was said by an earlier review and does not hold
// any more is withdrawn.
func (a *Analysis) Review(sources []SourceReport) {
	a.ix.reviewing = true
	a.review(sources)
	a.ix.reviewing = false
}

func (a *Analysis) review(sources []SourceReport) {
	a.round++
	a.ix.sources, a.ix.now = sources, a.now
	for i, r := range a.rules {
		if r.OnEnd != nil {
			a.say(i, r.OnEnd(&a.ix))
		}
	}
	for _, r := range a.rows.list {
		if r.f.Rule.standing() && r.round != a.round && !r.f.Withdrawn {
			r.f.Withdrawn = true
			a.give(r)
		}
	}
	a.ix.sources = nil
}

// endLegs ends what was under way on connections that nobody has closed.
func (a *Analysis) endLegs() {
	var open []*handshakeState
	for h := range a.window.all() {
		if l := h.leg; !h.over && l.live != nil && l.current[sideOf(h.Proxy)] == h {
			open = append(open, h)
		}
	}
	slices.SortStableFunc(open, func(x, y *handshakeState) int {
		return cmp.Or(cmp.Compare(x.leg.source, y.leg.source), cmp.Compare(x.leg.id, y.leg.id), cmp.Compare(sideOf(x.Proxy), sideOf(y.Proxy)))
	})
	for _, h := range open {
		if h.Frames.Authenticate == 0 {
			h.Outcome = report.Incomplete
		}
		h.problem("the capture ended first")
		a.finish(h.leg, h)
	}
}

func (a *Analysis) report(sources []SourceReport) report.Report {
	var out report.Report
	severity := map[int64]report.Severity{}
	for _, r := range a.rows.list {
		if r.f.Withdrawn {
			continue
		}
		if r.dirty {
			a.give(r)
		}
		severity[r.f.ID] = r.f.Severity
		out.Findings = append(out.Findings, &r.f.Finding)
	}
	slices.SortStableFunc(out.Findings, func(x, y *report.Finding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Confidence, x.Confidence))
	})
	out.Hops = a.ix.sortedHops(severity)
	a.summary.Findings = int64(len(out.Findings))
	a.summary.NotRead.ForgottenEarly = a.window.forced + a.ix.forgotten
	out.Summary = a.summary
	for _, s := range sources {
		add(&out.Summary, s)
	}
	return out
}

// add adds to s what reading one source gave.
func add(s *report.Summary, r SourceReport) {
	c, d, n := r.Capture, r.Decode, &s.NotRead
	s.Packets += c.Packets
	s.Connections += c.Connections
	s.Requests += d.Requests
	n.TLSConnections += d.TLSConnections
	n.HTTP2Connections += d.HTTP2Connections
	n.Gaps += c.Gaps
	n.CutPackets += c.Cut
	n.Duplicates += c.Duplicates
	n.OneSided += c.OneSided
	n.Evicted += c.Evicted
	n.DroppedBytes += c.DroppedBytes
	for why, count := range c.NotDecoded {
		if n.NotDecoded == nil {
			n.NotDecoded = map[string]int64{}
		}
		n.NotDecoded[why] += count
	}
}
