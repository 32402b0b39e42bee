package report

import (
	"cmp"
	"slices"
)

// Counter is how often something could not be read, was dropped, or was seen
// twice.
type Counter struct {
	Key    string // in JSON; it never changes
	Detail string // tells counters with one key apart: the reason; else empty
	Words  string // what was counted, for a table
	Brief  string // the same in a word or two; empty where there is no room for it
	Kind   Kind
	Always bool // programs get it also if it is 0
	Value  int64
}

// Kind is why something was not read. People are shown counters in the order of
// kinds.
type Kind uint8

// The kinds of counters.
const (
	Unread    Kind = iota // a protocol that is not read, or not decrypted
	Dropped               // packets or lines that came faster than they could be taken
	Missing               // bytes that were not captured, or not all of them
	Limited               // what was dropped to keep within a limit of the program
	Twice                 // captured twice, counted once
	Undecoded             // packets whose layers are not decoded
)

// Counters are all counters of a run, in the order in which programs get them.
type Counters []Counter

// Value returns the value of the counters with a key, added up.
func (c Counters) Value(key string) (n int64) {
	for i := range c {
		if c[i].Key == key {
			n += c[i].Value
		}
	}
	return n
}

// Seen returns the counters that are not 0, by kind.
func (c Counters) Seen() Counters {
	seen := slices.DeleteFunc(slices.Clone(c), func(n Counter) bool { return n.Value == 0 })
	slices.SortStableFunc(seen, func(x, y Counter) int { return cmp.Compare(x.Kind, y.Kind) })
	return seen
}
