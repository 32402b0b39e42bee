package report

import (
	"cmp"
	"slices"
)

// Join returns the reports of analyses that know nothing of each other as one.
// The ids in them must differ.
func Join(parts []Report) Report {
	if len(parts) == 1 {
		return parts[0]
	}
	var out Report
	var hops []Hop
	for i := range parts {
		out.Findings = append(out.Findings, parts[i].Findings...)
		for _, h := range parts[i].Hops.All() {
			hops = append(hops, h)
		}
		out.Summary.add(&parts[i].Summary)
	}
	slices.SortStableFunc(out.Findings, func(x, y *Finding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Confidence, x.Confidence))
	})
	slices.SortStableFunc(hops, func(x, y Hop) int {
		return cmp.Or(cmp.Compare(y.rank(), x.rank()), cmp.Compare(y.Denied, x.Denied))
	})
	out.Hops = NewHops(len(hops), func(i int) Hop { return hops[i] })
	return out
}

// rank orders hops by their worst finding, those without one last.
func (h *Hop) rank() int {
	if !h.HasFinding {
		return -1
	}
	return int(h.Worst)
}

// add adds what another analysis saw.
func (s *Summary) add(o *Summary) {
	s.Packets += o.Packets
	s.Connections += o.Connections
	s.Requests += o.Requests
	s.Handshakes += o.Handshakes
	s.Accepted += o.Accepted
	s.Denied += o.Denied
	s.Findings += o.Findings
	s.Troubles.add(&o.Troubles)
	s.Unexplained.add(&o.Unexplained)
	s.NotRead.add(&o.NotRead)
}

// add adds what another analysis could not see.
func (n *NotRead) add(o *NotRead) {
	n.TLSConnections += o.TLSConnections
	n.HTTP2Connections += o.HTTP2Connections
	n.Gaps += o.Gaps
	n.CutPackets += o.CutPackets
	n.Duplicates += o.Duplicates
	n.OneSided += o.OneSided
	n.Evicted += o.Evicted
	n.DroppedBytes += o.DroppedBytes
	n.Copies += o.Copies
	n.ForgottenEarly += o.ForgottenEarly
	for why, count := range o.NotDecoded {
		if n.NotDecoded == nil {
			n.NotDecoded = map[string]int64{}
		}
		n.NotDecoded[why] += count
	}
}
