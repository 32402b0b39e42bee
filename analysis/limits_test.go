package analysis

import (
	"net/netip"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules/protocol"
	"ntlmtrace/analysis/trace"
	"testing"
)

// TestRowsAreBounded makes more findings than are told apart: the rest is one
// row, and nothing is lost from the count.
func TestRowsAreBounded(t *testing.T) {
	a := New(Options{}, Output{})
	const extra, rank = 1000, 5
	for i := range a.limits.Rows + extra {
		client := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		a.fold(rank, &trace.Finding{Rule: protocol.NTLMv1, Finding: report.Finding{Client: client, Summary: "made up"}, Draft: new(trace.Draft)})
	}
	if got := a.rows.Len(); got != a.limits.Rows+1 {
		t.Errorf("%d rows, want %d", got, a.limits.Rows+1)
	}
	if got := a.rows.Find((&trace.FoldKey{}).Name(rank)).f.Count; got != extra {
		t.Errorf("the last row counts %d, want %d", got, extra)
	}
}
