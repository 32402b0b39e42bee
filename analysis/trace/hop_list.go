package trace

import (
	"cmp"
	"slices"

	"ntlmtrace/analysis/report"
)

// Export returns p as formats see it. severity has the findings that are not
// withdrawn.
func (p *Hop) Export(severity map[int64]report.Severity) report.Hop {
	h := report.Hop{
		Client: p.Client.Addr(), Server: p.ServerAddr(), Schemes: slices.Clone(p.schemes), Users: slices.Clone(p.users), MoreUsers: len(p.others),
		Connections: int(p.Connections), Handshakes: int(p.Handshakes), Accepted: int(p.Accepted), Denied: int(p.Denied),
	}
	for _, id := range p.Findings {
		if s, ok := severity[id]; ok {
			h.Findings = append(h.Findings, id)
			h.HasFinding, h.Worst = true, max(h.Worst, s)
		}
	}
	return h
}

// SortedHops returns the hops in the order of report.Hops. Most have no finding
// and nothing denied: they stay behind the others as they came.
func (ix *Index) SortedHops(severity map[int64]report.Severity) report.Hops {
	type ranked struct {
		p    *Hop
		rank int
	}
	var first []ranked
	order := make([]*Hop, 0, ix.Hops.Len())
	for _, p := range ix.Hops.List() {
		rank := p.Worst(severity)
		if p.Deserted() {
			continue
		}
		if rank >= 0 || p.Denied > 0 {
			first = append(first, ranked{p, rank})
		} else {
			order = append(order, p)
		}
	}
	slices.SortStableFunc(first, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(y.rank, x.rank), cmp.Compare(y.p.Denied, x.p.Denied))
	})
	order = append(order, make([]*Hop, len(first))...)
	copy(order[len(first):], order)
	for i, r := range first {
		order[i] = r.p
	}
	return report.NewHops(len(order), func(i int) report.Hop { return order[i].Export(severity) })
}

// Worst returns the worst severity of the findings of p that are not withdrawn;
// -1 if there is none.
func (p *Hop) Worst(severity map[int64]report.Severity) int {
	rank := -1
	for _, id := range p.Findings {
		if s, ok := severity[id]; ok {
			rank = max(rank, int(s))
		}
	}
	return rank
}
