package report

import "net/netip"

// Rule is one thing that the program looks for, in words.
type Rule struct {
	ID       string // of the catalogue; never changes
	Title    string
	Severity Severity // the usual one: a finding may lower or raise it

	Evidence   string   // what proves it on the wire
	NotIf      string   // what it may be confused with, and what would refute it
	Why        string   // the explanation that is printed with a finding
	Fix        string   // what to do
	Log        string   // the line to look for in the server's log; may be empty
	References []string // where it is written
}

// Finding is what a rule concluded, with the frames that prove it.
type Finding struct {
	ID       int64 // from 1, in the order in which findings become known; stays the same over revisions
	Revision int   // 0 at first; goes up each time that the finding is corrected or goes on
	// Withdrawn is true if a more specific finding has taken all of this one's
	// handshakes, or what was seen later speaks against it: final reports do not
	// show it.
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
	NotIf      string   // what would refute it
	Caveats    []string // what of the capture's faults touches its connections
	Others     []string // ids of the rules that fired on the same handshakes and were less specific
}

// Evidence is one frame that proves a finding.
type Evidence struct {
	Source int // index of the source
	Frame  int64
	Text   string
}
