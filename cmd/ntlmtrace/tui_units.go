package main

import (
	"fmt"
	"time"
)

// brief writes a number that stands in few columns: 12,345, 123k, 1.2M.
func brief(n int64) string {
	if n < 100_000 {
		return grouped(n)
	}
	const units = "kMGTPE"
	v, unit := float64(n)/1000, 0
	for v >= 999.95 && unit < len(units)-1 {
		v /= 1000
		unit++
	}
	if v < 100 {
		return fmt.Sprintf("%.1f%c", v, units[unit])
	}
	return fmt.Sprintf("%.0f%c", v, units[unit])
}

// megabytes writes a rate of bytes a second.
func megabytes(rate float64) string { return fmt.Sprintf("%.1f MB/s", rate/1e6) }

// spanText writes how long something takes as hours, minutes and seconds.
func spanText(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
