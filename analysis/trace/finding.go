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
	Kind      string // what else tells rows of one rule apart, if its Fold asks

	// Latest makes the texts of f take the place of those of earlier
	// occurrences, unless these are graver.
	Latest bool
	// Summarize, if set, writes Summary with the current count of the row.
	Summarize func(count int) string
}

// Draft is what matters of a finding until it is in its row. Rows stay, and
// must not keep handshakes in memory.
type Draft struct {
	Explains []*Handshake // whose failure it explains, the one that it is about first
	About    []*Handshake // all that it names
	Subjects []*Handshake // that it is about beside those whose failure it explains: see Index.Named
	Shown    []*Handshake // whose packets Filter shows and whose faults Caveats lists
	Outer    *Handshake   // the logon of a front end's user whose request failed for it; see Extra.Nested
	Hops     []HopKey     // that it is about beside those of its handshakes
	Exchange *Exchange    // that it was found in, if Write needs it

	// Again marks an occurrence that was reported before, and of which more is
	// known now: it is not counted.
	Again bool

	// Write, if set, writes Summary and Evidence. It is called at once, but
	// only for an occurrence that may be shown.
	Write func(*Index, *Finding)
}

// WithdrawalOf returns a finding that, when its rule returns it, takes f back:
// it is made before f itself is returned. What f displaced as the cause of a
// failure counts again then.
func (ix *Index) WithdrawalOf(f *Finding) *Finding {
	w := ix.NewFinding(f.Confidence, f.Client, f.User)
	w.Servers = append(w.Servers, f.Servers...)
	w.Severity, w.Leveled, w.ChangedTo, w.Kind = f.Severity, f.Leveled, f.ChangedTo, f.Kind
	w.Explains = append(w.Explains, f.Explains...)
	w.About = append(w.About, f.About...)
	w.Withdrawn = true
	return w
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
