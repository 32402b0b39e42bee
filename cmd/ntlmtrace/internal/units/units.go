// Package units writes numbers and times as people read them.
//
//	1234567 --Count--> "1,234,567 packets"     4680 --Bytes--> "4.6 KiB"
//	1234567 --Brief--> "1.2M"                  time --Clock--> "2026-03-02 09:00:00.000000"
package units

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count writes a number with its noun: "1 packet", "12,345 packets".
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Grouped(n) + " " + noun + "s"
}

// Grouped writes n with commas between groups of three digits.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// Bytes writes a number of bytes in the largest unit that keeps it above one.
func Bytes(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return Count(n, "byte")
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", v, units[unit])
}

// Brief writes a number that takes few columns: 12,345, 123k, 1.2M.
func Brief(n int64) string {
	if n < 100_000 {
		return Grouped(n)
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

// Clock writes a capture time for people, to the microsecond.
func Clock(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000000")
}
