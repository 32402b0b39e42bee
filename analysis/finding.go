package analysis

import (
	"fmt"
	"net/netip"
)

// Severity says how much a finding matters.
type Severity uint8

// The severities, from least to most.
const (
	Info Severity = iota
	Low
	Medium
	High
)

// Confidence says how sure a finding is. It goes down for every piece of
// evidence that the capture does not hold.
type Confidence uint8

// The confidences, from least to most.
const (
	Unsure Confidence = iota // printed as "low"
	Likely                   // "medium"
	Sure                     // "high"
)

var (
	severities  = [...]string{"info", "low", "medium", "high"}
	confidences = [...]string{"low", "medium", "high"}
)

// String gives the word that reports and JSON use.
func (s Severity) String() string { return severities[s] }

// String gives the word that reports and JSON use.
func (c Confidence) String() string { return confidences[c] }

// ParseSeverity reads a severity as the command line gives it.
func ParseSeverity(s string) (Severity, error) {
	for i, w := range severities {
		if w == s {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("severity %q is not one of info, low, medium, high", s)
}

// Finding is a verdict with what proves it.
type Finding struct {
	ID       int64 // from 1, in the order in which findings become known; stays the same over revisions
	Revision int   // 0 when first said; goes up each time that what was said is corrected or goes on
	// Withdrawn is true if a more specific finding has taken all of this one's
	// handshakes: final reports do not show it.
	Withdrawn bool

	Rule       *Rule
	Severity   Severity // the rule's own, or what this finding made of it
	Confidence Confidence
	Summary    string
	User       string // DOMAIN\user, or the user as sent; empty if there is none
	Client     netip.Addr
	Servers    []netip.AddrPort
	Handshakes []int64 // ids of the first hundred
	Count      int     // how often it was seen: same rule, same fold key
	Evidence   []Evidence
	Why, Fix   string   // of the rule, made concrete
	Log        string   // the line to look for in the server's log; may be empty
	Filter     string   // Wireshark display filter that shows the packets
	Refuted    string   // what would refute it
	Caveats    []string // what of the capture's faults touches its connections
	Others     []string // ids of the rules that fired on the same handshakes and were less specific

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

// Evidence is one frame that proves a finding.
type Evidence struct {
	Source int // index of the source
	Frame  int64
	Text   string
}
