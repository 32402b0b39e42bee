package analysis

import (
	"cmp"
	"iter"
	"slices"
)

// list gives the first of a list and those after it, without "".
func list[T comparable](first T, more []T) []T {
	var zero T
	if first == zero {
		return slices.Clone(more)
	}
	return append([]T{first}, more...)
}

// report gives p as others see it. severity has the findings that stand.
func (p *hopState) report(schemes []string, severity map[int64]Severity) Hop {
	m := p.rarely()
	h := Hop{
		Client: p.client.addr(), Server: p.serverAddr(), Schemes: list(schemes[p.scheme], m.schemes), Users: list(p.user, m.users), MoreUsers: len(m.others),
		Connections: int(p.connections), Handshakes: int(p.handshakes), Accepted: int(p.accepted), Denied: int(p.denied),
	}
	for _, id := range list(int64(p.finding), m.findings) {
		if s, ok := severity[id]; ok {
			h.Findings = append(h.Findings, id)
			h.HasFinding, h.Worst = true, max(h.Worst, s)
		}
	}
	return h
}

// Hops is the list of hops at the end: worst first, then by number of denied
// handshakes, then in order of appearance.
type Hops struct {
	order    []*hopState
	schemes  []string
	severity map[int64]Severity
}

// Len is how many hops there are.
func (h *Hops) Len() int { return len(h.order) }

// All gives the hops in their order.
func (h *Hops) All() iter.Seq2[int, Hop] {
	return func(yield func(int, Hop) bool) {
		for i, p := range h.order {
			if !yield(i, p.report(h.schemes, h.severity)) {
				return
			}
		}
	}
}

// sortedHops puts the hops in order. Most have no finding and nothing denied: they
// stay behind the others as they came.
func (ix *Index) sortedHops(severity map[int64]Severity) Hops {
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
	return Hops{schemes: ix.schemes, order: order, severity: severity}
}

// rank gives the worst severity of the findings of p that stand; -1 if there is none.
func (p *hopState) rank(severity map[int64]Severity) int {
	rank := -1
	worse := func(id int64) {
		if s, ok := severity[id]; ok {
			rank = max(rank, int(s))
		}
	}
	if p.finding != 0 {
		worse(int64(p.finding))
	}
	for _, id := range p.rarely().findings {
		worse(id)
	}
	return rank
}
