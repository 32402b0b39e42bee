// Package analysis turns exchanges into handshakes and hops, and these into
// findings. It never prints and never touches packets.
//
//	auth.Exchange --collect--> trace.Handshake, Hop --questions--> trace.Finding --fold--> report.Finding
//	                 (collect, answer, present)   (schedule, questions)          (row)
package analysis

import (
	"maps"
	"net/netip"
	"slices"

	"ntlmtrace/analysis/internal/ring"
	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/analysis/machine"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
	"ntlmtrace/internal/freelist"
)

// Options are the settings of an Analysis. The zero value is good.
type Options struct {
	ShowSecrets bool // keep the password of Basic credentials in Handshake.Password
	// Aliases names machines by all their addresses, beyond what the capture
	// itself shows.
	Aliases map[string][]string
	// Proxies are the addresses of machines that are known to be proxies: what
	// the capture leaves open is not held against them.
	Proxies   []netip.Addr
	All       bool  // keep findings that a more specific one covers
	MaxMemory int64 // bytes that all that is retained may take, about; 0 for the default
	// Open makes every connection be of interest, and returns the requests that
	// wait: it is the Open of the Decoder that the analysis is the Sink of. If
	// it is nil, every connection is of interest from the start.
	Open func() []*auth.Exchange
	// Frame returns the number by which people know a frame of a source, for
	// the texts; nil if it is the one that the exchanges carry.
	Frame func(source int, frame int64) int64
	// Taps is set if connections may be captured at several places.
	Taps bool
	// After holds the last ids of analyses before this one, whose results are
	// shown with those of this one.
	After LastIDs
}

// LastIDs are the last ids that were given to handshakes and findings; 0 for
// none. The next ones follow them.
type LastIDs struct{ Handshake, Finding int64 }

// Output takes what the analysis knows, as it becomes known. Each function may
// be nil.
type Output struct {
	// Judged is called for each handshake, copies left out, once the rules have
	// been asked about it. That is at most half a second of capture time after
	// its end, and so long before it leaves the window.
	Judged    func(*report.Handshake)
	Handshake func(*report.Handshake) // once for each, as it leaves the window, ids ascending
	Finding   func(*report.Finding)   // when first known, and again for each revision; valid during the call
}

// Analysis turns exchanges into findings. It is not safe for concurrent use:
// events of several sources come in order of capture time.
type Analysis struct {
	opt    Options
	out    Output
	rules  []*trace.Rule
	ix     trace.Index
	copies *copies
	window trace.Window
	limits trace.Limits
	queue  ring.Queue[pendingCheck] // in order of time
	now    int64                    // the latest capture time seen

	waiting waiting

	rows      table.Table[*row]     // in order of appearance
	displaced map[int64][]displaced // by handshakes, see displaced

	questions

	spareConns   freelist.List[trace.OpenConn]
	sparePending freelist.List[trace.Pending]
	spareFronts  freelist.List[trace.FrontRequest]
	spareDetails freelist.List[trace.Details]
	current      trace.Exchange // the exchange that is being added
	summary      report.Summary

	lastFinding int64

	original *trace.Conn // of which the connection that began last is a copy; nil if it is none

	// everything is true once a machine may be both a client and a server.
	// Until then no request can have another inside it, and of connections that
	// are logged on only further logons are wanted.
	everything bool
	ended      bool                  // everything was read, and all rules were asked
	round      int                   // of the reviews
	opening    bool                  // while the requests that wait are read
	opened     []*trace.FrontRequest // the requests that were read then
}

// New returns an Analysis that reports to out what it finds.
func New(o Options, out Output) *Analysis {
	a := &Analysis{
		opt: o, out: out, rules: rules.All, limits: trace.LimitsOf(o.MaxMemory),
	}
	a.window.BeginAfter(o.After.Handshake)
	a.lastFinding = o.After.Finding
	a.window.Max, a.copies = a.limits.Handshakes, newCopies(a.limits.Copies)
	a.ix = trace.NewIndex(machine.New[trace.HostData](o.Aliases, a.limits.Hosts), &a.window, a.limits)
	a.ix.FrameNumber = o.Frame
	a.ix.Proxies = map[netip.Addr]bool{}
	for _, p := range o.Proxies {
		a.ix.Proxies[p.Unmap()] = true
	}
	a.everything = o.Open == nil
	for i, r := range a.rules {
		a.ix.Ranks[r.ID] = i
	}
	a.questions = newQuestions(a.rules, &a.ix)
	a.waiting.next = map[*trace.Hop][]*trace.Handshake{}
	a.displaced = map[int64][]displaced{}
	return a
}

// LastIDs returns the last ids that were given.
func (a *Analysis) LastIDs() LastIDs { return LastIDs{a.window.Last(), a.lastFinding} }

// Names adds the names that addresses were resolved to, as a capture file may
// list them. Addresses with one name are one machine.
func (a *Analysis) Names(names map[netip.Addr]string) {
	for _, addr := range slices.SortedFunc(maps.Keys(names), netip.Addr.Compare) {
		a.ix.Machines.Call(addr, names[addr])
	}
}

// SourceReport is what reading one source gave.
type SourceReport = trace.Source
