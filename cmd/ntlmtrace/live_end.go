package main

import (
	"cmp"

	"ntlmtrace/analysis"
)

// end ends the capture and prints what was found.
func (r *liveRun) end() analysis.Report {
	r.report.drops = r.source.Stats().Dropped
	r.assembler.Close()
	report := r.analysis.End(r.sources())
	if r.err == nil {
		r.err = r.printer.end(&result{sources: []*sourceReport{&r.report}, report: report, unwritten: r.results.dropped})
	}
	if r.kept != nil {
		r.err = cmp.Or(r.err, r.kept())
	}
	r.err = cmp.Or(r.err, r.results.end())
	return report
}

// sources is what reading gave so far.
func (r *liveRun) sources() []analysis.SourceReport {
	return []analysis.SourceReport{{Name: r.report.name, Capture: r.assembler.Stats(), Decode: r.decoder.Stats()}}
}
