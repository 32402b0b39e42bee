package analysis_test

import (
	"os"
	"reflect"
	"slices"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
)

// TestSnapshot looks at an analysis after every packet: a look changes nothing,
// the last one says what the end says, and each handshake has one verdict.
func TestSnapshot(t *testing.T) {
	for _, name := range sampleFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := analysistest.Packets(text)
		if err != nil {
			t.Fatal(err)
		}
		want := analysistest.ReadPackets(packets, analysis.Options{})
		var verdicts []int64
		a := analysis.New(analysis.Options{}, analysis.Output{Judged: func(h *report.Handshake) { verdicts = append(verdicts, h.ID) }})
		d := decode.NewDecoder(0, a, decode.Limits{})
		asm := tcp.NewAssembler(tcp.AssemblerOptions{}, d)
		sources := func() []analysis.SourceReport {
			return []analysis.SourceReport{{Capture: asm.Stats(), Decode: d.Stats()}}
		}
		for i := range packets {
			p := packets[i]
			asm.Packet(&p)
			a.Advance(p.Time)
			if summary, hops := a.Snapshot(sources(), 1); summary.Packets != int64(i+1) || len(hops) > 1 {
				t.Fatalf("%s: frame %d: %+v, %d hops", name, p.Frame, summary, len(hops))
			}
		}
		asm.Close()
		report := a.End(sources())
		got, all := hopsOf(&report), hopsOf(&want.Report)
		if !reflect.DeepEqual(report.Summary, want.Summary) || !reflect.DeepEqual(got, all) {
			t.Errorf("%s: got %+v, want %+v", name, report, want.Report)
		}
		summary, hops := a.Snapshot(sources(), 1000)
		if !reflect.DeepEqual(summary, report.Summary) {
			t.Errorf("%s: the last look gives %+v, want %+v", name, summary, report.Summary)
		}
		if len(hops) != len(got) || len(hops) > 0 && hops[0].Worst != got[0].Worst {
			t.Errorf("%s: the last look gives hops %+v, want %+v", name, hops, got)
		}
		var ids []int64
		for _, h := range want.Handshakes {
			ids = append(ids, h.ID)
		}
		slices.Sort(verdicts)
		if !slices.Equal(verdicts, ids) {
			t.Errorf("%s: verdicts on %d, want %d", name, verdicts, ids)
		}
	}
}

func hopsOf(r *report.Report) []report.Hop {
	var out []report.Hop
	for _, h := range r.Hops.All() {
		out = append(out, h)
	}
	return out
}
