package file

import (
	"math"
	"math/bits"
)

// ticks turns the time stamps of an interface into nanoseconds.
type ticks struct {
	mul, div uint64 // nanoseconds = count * mul / div >> shift
	shift    uint
	offset   int64 // nanoseconds to add
}

// newTicks takes if_tsresol and if_tsoffset, section 4.2. The resolution is a
// negative power of 10, or of 2 if the high bit is set: files can say 10^-127
// and 2^-127.
func newTicks(resolution uint8, offset int64) ticks {
	t := ticks{mul: 1, div: 1, offset: saturatedSeconds(offset)}
	n := uint(resolution & 0x7f)
	switch {
	case resolution&0x80 != 0:
		t.mul, t.shift = 1e9, n
	case n <= 9:
		t.mul = power10(9 - n)
	case n <= 9+19: // 10^19 is the largest power in 64 bits
		t.div = power10(n - 9)
	default: // even 2^64 of these are not a nanosecond
		t.mul = 0
	}
	return t
}

func power10(n uint) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// nanoseconds returns the time of a count, the last one there is if it is
// later.
func (t *ticks) nanoseconds(count uint64) int64 {
	hi, lo := bits.Mul64(count, t.mul)
	if t.div != 1 { // then mul is 1 at most, and hi is 0
		lo /= t.div
	}
	if t.shift != 0 {
		hi, lo = shiftRight(hi, lo, t.shift)
	}
	if hi != 0 || lo > math.MaxInt64 {
		return saturatedAdd(math.MaxInt64, t.offset)
	}
	return saturatedAdd(int64(lo), t.offset)
}

// shiftRight shifts 128 bits. Shifts by more than their width give 0, as Go
// defines them.
func shiftRight(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, lo>>n | hi<<(64-n)
}

func saturatedSeconds(s int64) int64 {
	const most = math.MaxInt64 / int64(1e9)
	return max(-most, min(s, most)) * 1e9
}

func saturatedAdd(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}
