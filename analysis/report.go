package analysis

import (
	"cmp"
	"math"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// End reports that everything was read, and returns what is known then. The
// handshakes that are still retained are reported first.
func (a *Analysis) End(sources []SourceReport) report.Report {
	a.endConns()
	for a.queue.Len() > 0 {
		a.runNext()
	}
	a.settleUntil(math.MaxInt64)
	a.review(sources)
	a.ended = true
	for a.window.Inside > 0 {
		a.leave(a.window.Item(0))
	}
	return a.report(sources)
}

// Review asks the rules that judge by all that was read (OnEnd) what they find
// by now, with the sources as far as they were read: a capture that goes on for
// days has no end to wait for. A finding of an earlier review that does not
// hold any more is withdrawn.
func (a *Analysis) Review(sources []SourceReport) {
	a.ix.Reviewing = true
	a.review(sources)
	a.ix.Reviewing = false
}

// review asks the rules with OnEnd, and withdraws what they do not report any
// more.
func (a *Analysis) review(sources []SourceReport) {
	a.round++
	a.ix.Sources, a.ix.Now = sources, a.now
	for i, ask := range a.onEnd {
		if ask != nil {
			a.addFindings(i, ask(&a.ix))
		}
	}
	for _, r := range a.rows.List() {
		if a.lasting[r.rank] && r.round != a.round && !r.f.Withdrawn {
			r.f.Withdrawn = true
			a.publish(r)
		}
	}
	a.ix.Sources = nil
}

// endConns ends what was under way on connections that nobody has closed.
func (a *Analysis) endConns() {
	var open []*trace.Handshake
	for h := range a.window.All() {
		if conn := h.Conn; h.Phase < trace.Over && conn.OpenConn != nil && conn.Awaits(h) {
			open = append(open, h)
		}
	}
	slices.SortStableFunc(open, func(x, y *trace.Handshake) int {
		return cmp.Or(cmp.Compare(x.Conn.Source, y.Conn.Source), cmp.Compare(x.Conn.ID, y.Conn.ID), cmp.Compare(x.Session.ID, y.Session.ID))
	})
	for _, h := range open {
		if h.Frames.Authenticate == 0 {
			h.Outcome = report.Incomplete
		}
		h.AddProblem("the capture ended first")
		a.finish(h.Conn, h)
	}
}

// report returns the final report.
func (a *Analysis) report(sources []SourceReport) report.Report {
	var out report.Report
	severity := map[int64]report.Severity{}
	for _, r := range a.rows.List() {
		if r.f.Withdrawn {
			continue
		}
		if r.dirty {
			a.publish(r)
		}
		severity[r.f.ID] = r.f.Severity
		out.Findings = append(out.Findings, &r.f.Finding)
	}
	slices.SortStableFunc(out.Findings, func(x, y *report.Finding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Confidence, x.Confidence))
	})
	out.Hops = a.ix.SortedHops(severity)
	a.summary.Findings = int64(len(out.Findings))
	a.summary.NotRead.ForgottenEarly = a.window.Forced + a.ix.Forgotten
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
