package run

import (
	"time"

	"ntlmtrace/capture/clock"
)

// Joining says how it is decided which files belong together.
type Joining uint8

// The ways to decide it.
const (
	ByContent Joining = iota // by what the files have in common
	Continued                // all belong together, and those that do not overlap continue one another
	Separate                 // none belongs with another
)

// relation is what two files are to each other.
type relation uint8

const (
	unrelated relation = iota // analysed apart
	related                   // two taps: each has its own table of connections, and both have one analysis
	continued                 // one tap: the later one goes on where the earlier one ended
)

const (
	// maxPause is how much later than the end of a file one may begin that
	// continues it. If a connection has there the next bytes after those in the
	// earlier file, nobody need ask how long it was silent.
	maxPause = 10 * time.Minute
	// maxOverlap is how much earlier than the end of a file one may begin that
	// continues it: packets are not always written in order, and programs may
	// repeat some.
	maxOverlap = time.Second
)

// resemblance is what two files have in common.
type resemblance struct {
	sameLink bool // the link types of one are those of the other, or some of them
	shared   clock.Shared
	tokens   bool          // a token, or the name of a machine
	length   time.Duration // of the shorter file
	// gap is the time from the end of the earlier file to the beginning of the
	// later one, negative if they overlap.
	gap time.Duration
}

// relation returns what the later file is to the earlier one.
func (r *resemblance) relation() relation {
	switch {
	case r.onePlace() && r.inTurn():
		return continued
	case r.shared.Pairs > 0 || r.shared.Addresses > 0 || r.tokens:
		return related
	}
	return unrelated
}

// onePlace reports whether both may have been captured at one place.
func (r *resemblance) onePlace() bool {
	return r.sameLink && (r.shared.Connections > 0 || r.shared.Pairs > 0 || r.shared.Addresses > 1)
}

// inTurn reports whether the later file begins where the earlier one ends. An
// overlap is short, also against the files: a second tap overlaps all of them.
func (r *resemblance) inTurn() bool {
	return (r.gap <= maxPause || r.shared.GoOn > 0) && -r.gap <= maxOverlap && max(0, -r.gap)*2 <= r.length
}

// Clocks of files are compared by the packets that both hold.
const (
	// minShared is how many these must be: fewer may be an accident.
	minShared = 3
	// maxSpread is how far their differences may be apart, where the times
	// alone would not say that both files were captured together.
	maxSpread = time.Millisecond
)

// together reports whether both files show the same traffic at the same time,
// so that the clocks can be compared. Files that overlap do. Others do if their
// clocks differ that much: then all differ alike, and what is in both is no
// small part. Packets that came again later, or that a program repeats at the
// start of the next file, are few or differ in time.
func (r *resemblance) together() bool {
	if r.shared.Packets < minShared {
		return false
	}
	if r.gap < 0 && !r.inTurn() {
		return true
	}
	return r.shared.Packets*2 >= r.shared.Of && r.shared.Spread <= maxSpread
}
