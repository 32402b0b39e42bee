package analysis

import (
	"net/netip"
	"ntlmtrace/analysis/report"
	"testing"
)

// TestRowsAreBounded makes more findings than are told apart: the rest is one
// row, and nothing is lost from the count.
func TestRowsAreBounded(t *testing.T) {
	a := New(Options{}, Output{})
	const extra, rank = 1000, 5
	for i := range a.limits.rows + extra {
		client := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		a.fold(rank, &Finding{Rule: ntlmv1, Finding: report.Finding{Client: client, Summary: "made up"}, telling: new(telling)})
	}
	if got := a.rows.len(); got != a.limits.rows+1 {
		t.Errorf("%d rows, want %d", got, a.limits.rows+1)
	}
	if got := a.rows.find((&FoldKey{}).name(rank)).f.Count; got != extra {
		t.Errorf("the last row counts %d, want %d", got, extra)
	}
}
