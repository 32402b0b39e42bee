package analysis

import (
	"cmp"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// Snapshot returns what is known so far, and ends nothing: the counts, and the
// n hops that are worst and have most handshakes, in this order. It is cheap
// enough to be called twice a second, however many hops there are.
func (a *Analysis) Snapshot(sources []SourceReport, n int) (report.Summary, []report.Hop) {
	s := a.summary
	s.Findings = 0
	for _, r := range a.rows.List() {
		if !r.f.Withdrawn {
			s.Findings++
		}
	}
	s.NotRead.ForgottenEarly = a.window.Forced + a.ix.Forgotten
	for _, r := range sources {
		add(&s, r)
	}
	var hops []report.Hop
	for _, t := range a.topHops(n) {
		hops = append(hops, t.p.Export(a.currentSeverities(t.p)))
	}
	return s, hops
}

// topHop is a hop and the worst severity of its findings, -1 if there is none.
type topHop struct {
	p    *trace.Hop
	rank int
}

// above reports whether t is to be listed before o: by severity, then by number
// of handshakes.
func (t topHop) above(o topHop) bool {
	return cmp.Or(cmp.Compare(t.rank, o.rank), cmp.Compare(t.p.Handshakes, o.p.Handshakes)) > 0
}

// topHops chooses n hops. The list that it keeps is short, and most of many
// hops are below its last one: that costs one comparison.
func (a *Analysis) topHops(n int) []topHop {
	if n <= 0 {
		return nil
	}
	var top []topHop
	for _, p := range a.ix.Hops.List() {
		if p.Deserted() {
			continue
		}
		t := topHop{p, -1}
		if len(p.Findings) > 0 {
			t.rank = p.Worst(a.currentSeverities(p))
		}
		i := len(top)
		for i > 0 && t.above(top[i-1]) {
			i--
		}
		if i == n {
			continue
		}
		if len(top) == n {
			top = top[:n-1]
		}
		top = slices.Insert(top, i, t)
	}
	return top
}

// currentSeverities returns the severities of the findings of p that are not
// withdrawn.
func (a *Analysis) currentSeverities(p *trace.Hop) map[int64]report.Severity {
	severity := map[int64]report.Severity{}
	for _, id := range p.Findings {
		// Ids count from 1 in the order of rows.
		if f := a.rows.List()[id-1].f; !f.Withdrawn {
			severity[id] = f.Severity
		}
	}
	return severity
}

// reportJudged reports h once the rules were asked about it, with the frames in
// which its messages are complete: the last of these come a little after its
// end.
func (a *Analysis) reportJudged(h *trace.Handshake) {
	if h != nil && h.Phase < trace.Reported && a.out.Judged != nil {
		h.Reach(trace.Reported)
		a.out.Judged(h.Export())
	}
}
