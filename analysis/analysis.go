// Package analysis turns exchanges into handshakes and hops, and these into
// findings. It never prints and never touches packets.
package analysis

import (
	"maps"
	"net/netip"
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/internal/spare"
)

// Options are the settings of an Analysis. The zero value is good.
type Options struct {
	ShowSecrets bool // keep the password of Basic credentials in Handshake.Password
	// Aliases names machines by all their addresses, beyond what the capture itself shows.
	Aliases   map[string][]string
	All       bool  // keep findings that a more specific one covers
	MaxMemory int64 // bytes that all that is retained may take, about; 0 for the default
	// Wake ends the quiet of connections, see decode.Conn.Quiet: the Wake of the Decoder
	// that the analysis is the Sink of. If it is nil, no connection is quiet.
	Wake func()
	// Frame gives the number by which people know a frame of a source, for the
	// texts; nil if it is the one that the exchanges carry.
	Frame func(source int, frame int64) int64
}

// Output takes what the analysis knows, as it becomes known. Each function may
// be nil.
type Output struct {
	// Verdict hears of each handshake, copies left out, when the rules have been asked about
	// it: at most half a second of capture time after its end, and so long before it leaves
	// the window.
	Verdict   func(*report.Handshake)
	Handshake func(*report.Handshake) // once for each, as it leaves the window, ids ascending
	Finding   func(*report.Finding)   // when first known, and again for each revision; valid during the call
}

// Analysis turns the exchanges that it is given into findings. It is not safe
// for concurrent use: events of several sources come in order of capture time.
type Analysis struct {
	opt    Options
	out    Output
	rules  []*Rule
	ix     Index
	copies *copies
	window window
	limits limits
	queue  queue[verdict] // in order of time
	now    int64          // the latest capture time seen

	rows table[*row] // in order of appearance

	// What is asked at each moment, in the order of rules.
	onHandshake, onLeave []question[*handshakeState]
	onNested             []question[*Outer]
	onExchange           []question[*Visit]

	lives    spare.List[live]
	requests spare.List[pending]
	outers   spare.List[Outer]
	passings spare.List[passing]
	visiting Visit // the exchange that is given
	summary  report.Summary

	lastFinding int64

	// listening is false as long as nothing shows that a machine is both a client
	// and a server: no request can have another inside it then, and connections
	// that are logged on are quiet.
	listening bool
	ended     bool     // everything was read, and all rules were asked
	round     int      // of the reviews
	waking    bool     // while what was quiet is told
	woken     []*Outer // the requests that were told then
}

// New gives an Analysis that tells out what it finds.
func New(o Options, out Output) *Analysis {
	a := &Analysis{
		opt: o, out: out, rules: Rules, limits: limitsOf(o.MaxMemory),
	}
	a.window.max, a.copies = a.limits.handshakes, newCopies(a.limits.copies)
	a.ix = newIndex(newMachines(o.Aliases, a.limits.hosts), &a.window, a.limits)
	a.ix.frameNumber = o.Frame
	a.listening = o.Wake == nil
	for i, r := range a.rules {
		a.onHandshake = also(a.onHandshake, i, r.OnHandshake)
		a.onNested = also(a.onNested, i, r.OnNested)
		a.onExchange = also(a.onExchange, i, r.OnExchange)
		a.onLeave = also(a.onLeave, i, r.OnLeave)
	}
	return a
}

// Names tells what names addresses were resolved to, as a capture file may
// say. Addresses with one name are one machine.
func (a *Analysis) Names(names map[netip.Addr]string) {
	for _, addr := range slices.SortedFunc(maps.Keys(names), netip.Addr.Compare) {
		a.ix.machines.call(addr, names[addr])
	}
}

// SourceReport is what reading one source gave.
type SourceReport struct {
	Name    string
	Capture capture.Stats
	Decode  decode.Stats
}
