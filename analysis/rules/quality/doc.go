// Package quality finds what limits or qualifies the other findings: incomplete
// captures, slow steps, logons that worked and access that was denied.
//
//	trace.Index --sources, latencies, answers--> rule --> trace.Finding
//
// Each file is one rule.
package quality
