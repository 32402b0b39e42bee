package trace

import "ntlmtrace/analysis/internal/table"

// Limits bounds what is retained: an attacker can make up addresses, users and
// logons without end.
type Limits struct {
	Handshakes int // in the window, and as many again of which only the token is remembered
	Hops       int
	Hosts      int
	Rows       int // findings with rows of their own
	Clocks     int
	Copies     int // connections by which copies are known, young and old each
}

// What one of each is reckoned to cost in bytes, with all that it has in
// tables.
const (
	handshakeCost = 640
	hopCost       = 256
	hostCost      = 320
	rowCost       = 10 << 10
	copyCost      = 512
	clockCost     = 8 << 10 // it holds the handshakes that were made together with its own
)

// LimitsOf divides memory, a number of bytes; 0 is the default.
func LimitsOf(memory int64) Limits {
	l := Limits{Handshakes: 1 << 18, Hops: 1 << 19, Hosts: 1 << 19, Rows: 1 << 15, Clocks: 1 << 13, Copies: 1 << 14}
	if memory <= 0 {
		return l
	}
	share := func(most int, sixteenths, cost int64) int {
		return int(min(int64(most), max(memory*sixteenths/16/cost, 64)))
	}
	return Limits{
		Handshakes: share(1<<24, 6, 2*handshakeCost), Hops: share(l.Hops, 2, hopCost), Hosts: share(l.Hosts, 2, hostCost),
		Rows: share(l.Rows, 4, rowCost), Clocks: share(l.Clocks, 1, clockCost), Copies: share(l.Copies, 1, 2*copyCost),
	}
}

// sweepEvery is how long hops and hosts are not swept again after that was of
// little use.
const sweepEvery = int64(60e9)

// Sweep forgets hops and hosts of which nothing was seen for longer than the
// window, with what they counted. It reports whether any went. now is capture
// time in nanoseconds.
func (ix *Index) Sweep(now int64) bool {
	if now < ix.nextSweep {
		return false
	}
	all := ix.Hops.List()
	kept := all[:0]
	for _, p := range all {
		if now-p.LastBegun <= 2*int64(WindowLength) {
			kept = append(kept, p)
		} else {
			ix.Forgotten += int64(p.Handshakes)
		}
	}
	swept := len(all) - len(kept)
	if swept < len(kept)/8 {
		ix.nextSweep = now + sweepEvery
	}
	if swept == 0 {
		return false
	}
	clear(all[len(kept):])
	ix.Machines.Forget(func(yield func(*Host) bool) {
		for _, p := range kept {
			if !yield(p.Client) || !yield(p.Server) {
				return
			}
		}
	})
	ix.Hops = table.Table[*Hop]{}
	for _, p := range kept {
		ix.Hops.Add(p)
	}
	return true
}
