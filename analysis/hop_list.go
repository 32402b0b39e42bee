package analysis

import (
	"cmp"
	"ntlmtrace/analysis/report"
	"slices"
)

// report gives p as others see it. severity has the findings that stand.
func (p *hopState) report(severity map[int64]report.Severity) report.Hop {
	h := report.Hop{
		Client: p.client.addr(), Server: p.serverAddr(), Schemes: slices.Clone(p.schemes), Users: slices.Clone(p.users), MoreUsers: len(p.others),
		Connections: int(p.connections), Handshakes: int(p.handshakes), Accepted: int(p.accepted), Denied: int(p.denied),
	}
	for _, id := range p.findings {
		if s, ok := severity[id]; ok {
			h.Findings = append(h.Findings, id)
			h.HasFinding, h.Worst = true, max(h.Worst, s)
		}
	}
	return h
}

// sortedHops puts the hops in order. Most have no finding and nothing denied: they
// stay behind the others as they came.
func (ix *Index) sortedHops(severity map[int64]report.Severity) report.Hops {
	type ranked struct {
		p    *hopState
		rank int
	}
	var first []ranked
	order := make([]*hopState, 0, ix.hops.len())
	for _, p := range ix.hops.list {
		rank := p.rank(severity)
		if rank >= 0 || p.denied > 0 {
			first = append(first, ranked{p, rank})
		} else {
			order = append(order, p)
		}
	}
	slices.SortStableFunc(first, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(y.rank, x.rank), cmp.Compare(y.p.denied, x.p.denied))
	})
	order = append(order, make([]*hopState, len(first))...)
	copy(order[len(first):], order)
	for i, r := range first {
		order[i] = r.p
	}
	return report.NewHops(len(order), func(i int) report.Hop { return order[i].report(severity) })
}

// rank gives the worst severity of the findings of p that stand; -1 if there is none.
func (p *hopState) rank(severity map[int64]report.Severity) int {
	rank := -1
	for _, id := range p.findings {
		if s, ok := severity[id]; ok {
			rank = max(rank, int(s))
		}
	}
	return rank
}
