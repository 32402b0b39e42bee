package analysis

import (
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// row is a finding as it is printed, with the occurrences that it counts.
type row struct {
	f         *trace.Finding
	name      uint64 // of its FoldKey
	rank      int    // of its rule: the place in rules.All
	kept      []kept // the first occurrences
	published int    // the count when it was last published
	round     int    // the last review that showed it, see Analysis.Review
	dirty     bool   // it has changed since it was published
}

// Key implements table.Keyed.
func (r *row) Key() uint64 { return r.name }

// kept is an occurrence. It names the handshakes whose failure it explains by
// their ids: it must not keep them in memory.
type kept struct {
	f        *trace.Finding
	subjects []int64 // see subjects
}

// keptOccurrences is how many occurrences of a row are kept: the one that is
// printed and some that may take its place when a more specific rule takes it.
const keptOccurrences = 4

// addFindings adds what the rule at rank found.
func (a *Analysis) addFindings(rank int, found []*trace.Finding) {
	for _, f := range found {
		f.Rule = a.rules[rank]
		f.Finding.Rule = &f.Rule.Rule
		if !f.Leveled {
			f.Severity = f.Rule.Severity
		}
		if f.Withdrawn {
			a.withdraw(rank, f)
			a.ix.Discard(f)
			continue
		}
		a.ix.NoteSubjects(rank, f)
		if f.Outer != nil && f.Severity > report.Info {
			a.explain(f.Outer)
		}
		if f.Rule.Cause && !a.prevails(rank, f) || a.fold(rank, f) {
			a.ix.Discard(f)
		} else {
			a.ix.Release(f)
		}
	}
}

// complete writes the texts of f and fills in what the rule says about all its
// findings. Of thousands of occurrences that fold into one row, a few are
// shown: only these need texts.
func complete(ix *trace.Index, f *trace.Finding) {
	if f.Write != nil {
		f.Write(ix, f)
		f.Write = nil
	}
	if f.Filter == "" {
		f.Filter = ix.FilterOf(f.Shown...)
	}
	f.Caveats = ix.Caveats(f.Shown...)
	f.Why, f.Fix = orElse(f.Why, f.Rule.Why)+f.Detail, orElse(f.Fix, f.Rule.Fix)
	f.Log, f.NotIf = orElse(f.Log, f.Rule.Log), orElse(f.NotIf, f.Rule.NotIf)
}

// orElse returns s, or other if s is empty.
func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// prevails decides which cause explains the failures that f explains: the more
// specific one, which comes first in rules.All. It reports whether f is to be
// shown at all, which the first handshake that f explains decides.
func (a *Analysis) prevails(rank int, f *trace.Finding) bool {
	for i, h := range f.Explains {
		switch had := a.cause(h); {
		case had == nil || had.rank == rank:
		case had.rank > rank:
			f.Others = trace.AppendNew(f.Others, had.f.Rule.ID)
			if !a.opt.All {
				a.displace(had, h)
			}
		case i == 0:
			had.addOther(f.Rule.ID)
			if !a.opt.All {
				return false
			}
		}
	}
	return true
}

// addOther names a less specific rule that fired on the same handshakes.
func (r *row) addOther(id string) {
	r.f.Others = trace.AppendNew(r.f.Others, id)
	r.dirty = true
}

// fold adds an occurrence to the row that it belongs to, or makes that row. It
// reports whether the occurrence was only counted: then nothing holds it.
func (a *Analysis) fold(rank int, f *trace.Finding) (counted bool) {
	key := f.Rule.Fold(f)
	name := key.Name(rank)
	r := a.rows.Find(name)
	if r == nil && a.rows.Len() >= a.limits.Rows {
		// So many that nobody can read them: the rest is one row for the rule.
		name = (&trace.FoldKey{}).Name(rank)
		r = a.rows.Find(name)
	}
	if r == nil {
		a.lastFinding++
		r = &row{f: f, name: name, rank: rank}
		if f.Rule.Cause {
			r.f = new(trace.Finding) // f itself is kept as it is
		}
		r.f.ID = a.lastFinding
		a.rows.Add(r)
	}
	if a.lasting[rank] && r.round != a.round {
		again := r.round != 0
		if r.round = a.round; again {
			return a.revise(r, f)
		}
	}
	r.f.Withdrawn = false
	if !f.Again {
		r.f.Count++
	}
	for _, h := range f.Explains {
		if c := a.cause(h); c == nil || c.rank > rank {
			a.setCause(h, int(r.f.ID))
		}
	}
	// Only of causes an occurrence is ever taken away again.
	keep, show := f.Rule.Cause && len(r.kept) < keptOccurrences, r.f.Count == 1 || outweighs(f, r.f) || f.Latest && !outweighs(r.f, f)
	if keep || show {
		complete(&a.ix, f)
	}
	if keep {
		r.kept = append(r.kept, kept{f, ids(subjects(f))})
	}
	for _, o := range f.Others {
		r.f.Others = trace.AppendNew(r.f.Others, o)
	}
	for _, h := range f.About {
		if len(r.f.Handshakes) < trace.MaxIDs && !slices.Contains(r.f.Handshakes, h.ID) {
			r.f.Handshakes = append(r.f.Handshakes, h.ID)
		}
		h.Conn.Hop.AddFinding(r.f.ID)
	}
	for _, k := range f.Hops {
		a.ix.HopBetween(k.Client, k.Server).AddFinding(r.f.ID)
	}
	if show {
		r.show(f)
	}
	r.grow()
	r.dirty = true
	// Each revision is a line for a reader: one for every doubling is enough.
	if r.published == 0 || f.Again && show || r.f.Count >= 2*r.published {
		a.publish(r)
	}
	return !keep && !show
}

// revise shows f in r, which an earlier review has shown. It reports whether
// nothing has changed.
func (a *Analysis) revise(r *row, f *trace.Finding) (same bool) {
	complete(&a.ix, f)
	if !r.f.Withdrawn && r.f.Summary == f.Summary && r.f.Severity == f.Severity && r.f.Confidence == f.Confidence {
		return true
	}
	r.f.Withdrawn, r.f.Count = false, 1
	r.show(f)
	a.publish(r)
	return false
}

// outweighs reports whether f says more than what a row shows now.
func outweighs(f, g *trace.Finding) bool {
	return f.Severity > g.Severity || f.Severity == g.Severity && f.Confidence > g.Confidence
}

// show makes f the occurrence that the row prints.
func (r *row) show(f *trace.Finding) {
	if r.f == f {
		return // the first occurrence of a rule that keeps none
	}
	g := *f
	g.ID, g.Revision, g.Count, g.Handshakes, g.Others = r.f.ID, r.f.Revision, r.f.Count, r.f.Handshakes, r.f.Others
	g.Draft = nil
	*r.f = g
}

// publish writes r to the output.
func (a *Analysis) publish(r *row) {
	if r.published > 0 {
		r.f.Revision++
	}
	if r.f.Summarize != nil {
		r.f.Summary = r.f.Summarize(r.f.Count)
	}
	r.published, r.dirty = max(r.f.Count, 1), false
	if a.out.Finding != nil {
		a.out.Finding(&r.f.Finding)
	}
}

// subjects returns the handshakes by which an occurrence is found again: those
// whose failure it explains or, without any, all that it names.
func subjects(f *trace.Finding) []*trace.Handshake {
	if len(f.Explains) > 0 {
		return f.Explains
	}
	return f.About
}

// ids returns the ids of handshakes.
func ids(hs []*trace.Handshake) []int64 {
	out := make([]int64, len(hs))
	for i, h := range hs {
		out[i] = h.ID
	}
	return out
}

// cause returns the row that explains why h failed, nil if none does. Ids of
// findings count from 1 in the order of rows.
func (a *Analysis) cause(h *trace.Handshake) *row {
	if n := h.Extra().Cause; n != 0 {
		return a.rows.List()[n-1]
	}
	return nil
}
