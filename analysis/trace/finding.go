package trace

import (
	"slices"

	"ntlmtrace/analysis/report"
)

// Finding is a finding while it is made: what formats see, and what matters
// until it is reported.
type Finding struct {
	report.Finding
	Rule *Rule // that found it

	*Draft // nil once the finding is in its row

	Detail    string // added to Why after the text of the rule
	Leveled   bool   // Severity was set by the rule's function
	Source    string // capture-incomplete: the name of the source
	ChangedTo string // double-hop-identity-changed: the account of the second hop
}

// Draft is what matters of a finding until it is in its row. Rows stay, and
// must not keep handshakes in memory.
type Draft struct {
	Explains []*Handshake // whose failure it explains, the one that it is about first
	About    []*Handshake // all that it names
	Subjects []*Handshake // that it is about beside those whose failure it explains: see Index.Named
	Shown    []*Handshake // whose packets Filter shows and whose faults Caveats lists
	Hops     []HopKey     // that it is about beside those of its handshakes
	Exchange *Exchange    // that it was found in, if Write needs it

	// Write, if set, writes Summary and Evidence. It is called at once, but
	// only for an occurrence that may be shown.
	Write func(*Index, *Finding)
}

// MaxIDs bounds the handshakes that a finding names, and the findings that a
// hop names.
const MaxIDs = 100

// AppendNew appends s to list, unless list contains it.
func AppendNew[T comparable](list []T, s T) []T {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
