package analysis

import "ntlmtrace/analysis/report"

// Finding is a finding while it is made: what formats see, and what matters
// until it is given out.
type Finding struct {
	report.Finding
	Rule *Rule // that found it

	*telling // nil once it is said

	detail    string // what Why says beyond the rule's own
	leveled   bool   // Severity was set by the rule's function
	source    string // capture-incomplete: the name of the source
	changedTo string // double-hop-identity-changed: the account of the second hop
}

// telling is what matters of a finding until it is said. Rows of findings stay, and must not
// keep handshakes in memory.
type telling struct {
	explains []*handshakeState // whose failure it explains, the one that it is about first
	about    []*handshakeState // all that it names
	named    []*handshakeState // whose packets Filter shows and whose faults Caveats tells
	hops     []hopKey          // that it is about beside those of its handshakes
	visit    *Visit            // that it was found in, if tell asks

	// tell, if set, writes Summary and Evidence. It is called at once, but only
	// for an occurrence that may be shown.
	tell func(*Index, *Finding)
}
