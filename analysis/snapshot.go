package analysis

import (
	"cmp"
	"slices"
)

// OnVerdict makes f hear of every handshake once, when the rules have been asked
// about it: at most half a second of capture time after its end, and so long
// before it leaves the window. It is not told of copies. It must be called
// before the first event.
func (a *Analysis) OnVerdict(f func(*Handshake)) {
	a.rules = append(slices.Clip(a.rules), &Rule{OnHandshake: func(_ *Index, h *Handshake) []*Finding {
		f(h)
		return nil
	}})
	a.onHandshake = append(a.onHandshake, len(a.rules)-1)
}

// Snapshot gives what is known so far, and ends nothing: the counts, and of the
// hops the n that are worst and have most handshakes, in this order. The hops
// are copies.
func (a *Analysis) Snapshot(sources []SourceReport, n int) (Summary, []Hop) {
	s := a.summary
	s.Findings = 0
	for _, r := range a.order {
		if !r.f.Withdrawn {
			s.Findings++
		}
	}
	s.NotRead.ForgottenEarly = a.window.forced
	for _, r := range sources {
		s.add(r)
	}
	return s, a.topHops(n)
}

// topHops chooses hops. The list that it keeps is short, and most of many hops
// are below its last one: that costs one comparison.
func (a *Analysis) topHops(n int) []Hop {
	var top []Hop
	if n <= 0 {
		return top
	}
	for _, p := range a.ix.hopOrder {
		h := a.judged(p)
		i := len(top)
		for i > 0 && above(&h, &top[i-1]) {
			i--
		}
		if i == n {
			continue
		}
		if len(top) < n {
			top = append(top, Hop{})
		}
		copy(top[i+1:], top[i:])
		top[i] = h
	}
	for i := range top {
		h := &top[i]
		h.Schemes, h.Users, h.Findings = slices.Clone(h.Schemes), slices.Clone(h.Users), slices.Clone(h.Findings)
	}
	return top
}

// judged gives the hop with the worst severity of its findings that still stand.
func (a *Analysis) judged(p *hopState) Hop {
	h := p.Hop
	for _, id := range p.Findings {
		// Ids are given in order, from 1: a row has its place by its id.
		if f := a.order[id-1].f; !f.Withdrawn {
			h.HasFinding, h.Worst = true, max(h.Worst, f.Severity)
		}
	}
	return h
}

func above(x, y *Hop) bool {
	return cmp.Or(cmp.Compare(rankHop(*x), rankHop(*y)), cmp.Compare(x.Handshakes, y.Handshakes)) > 0
}
