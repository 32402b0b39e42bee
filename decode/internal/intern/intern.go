// Package intern gives the same string for the same bytes: what is read from the
// network names few users and machines, and names them again and again.
package intern

import "hash/maphash"

// Table remembers the texts that were asked for last. Its size is fixed: a text
// takes the place of another one, which costs memory anew when it comes back. Its
// zero value is ready for use, and a nil Table remembers nothing.
type Table struct {
	slots [slots]string
}

// slots is a power of two. The users and machines that are active at one time
// in the captures of a large site fit.
const slots = 1 << 11

// longest is the longest text that is remembered: names in NetBIOS have 15
// letters, accounts 20, and hosts seldom more than 60.
const longest = 64

var seed = maphash.MakeSeed()

// String gives b as a string.
func (t *Table) String(b []byte) string {
	if t == nil || len(b) > longest || len(b) == 0 {
		return string(b)
	}
	slot := &t.slots[maphash.Bytes(seed, b)%slots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
