package live

import (
	"cmp"

	"ntlmtrace/analysis"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// end ends the capture and prints what was found.
func (r *Run) end() *result.Result {
	r.report.Drops = r.source.Stats().Dropped
	r.tap.Assembler.Close()
	result := &result.Result{Sources: []*result.Source{&r.report}, Report: r.analysis.End(r.sources())}
	if r.writer != nil {
		result.Written = r.writer.Close()
		write.Report(r.notes, result.Written)
	}
	totals := r.totals(result.Report.Summary.NotRead)
	result.Counters = totals.Counters()
	if r.err == nil {
		r.err = r.printer.End(result)
	}
	r.err = cmp.Or(r.err, r.results.end())
	return result
}

// sources is what reading gave so far.
func (r *Run) sources() []analysis.SourceReport {
	return []analysis.SourceReport{{Name: r.report.Name, Capture: r.tap.Assembler.Stats(), Decode: r.tap.Decoder.Stats()}}
}
