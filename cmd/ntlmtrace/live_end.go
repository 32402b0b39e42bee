package main

import (
	"cmp"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
)

// end ends the capture and prints what was found.
func (r *liveRun) end() report.Report {
	r.report.drops = r.source.Stats().Dropped
	r.tap.assembler.Close()
	result := &result{sources: []*sourceReport{&r.report}, report: r.analysis.End(r.sources()), unwritten: r.results.dropped}
	if r.writer != nil {
		result.written = r.writer.close()
		result.written.tell(r.notes)
	}
	if r.err == nil {
		r.err = r.printer.end(result)
	}
	r.err = cmp.Or(r.err, r.results.end())
	return result.report
}

// sources is what reading gave so far.
func (r *liveRun) sources() []analysis.SourceReport {
	return []analysis.SourceReport{{Name: r.report.name, Capture: r.tap.assembler.Stats(), Decode: r.tap.decoder.Stats()}}
}
