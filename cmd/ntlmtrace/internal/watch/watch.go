// Package watch holds what a live capture reports while it runs, and what
// reports are made to.
//
//	live loop --Finding, Handshake, Health, Note--> View: a screen, or lines
package watch

import (
	"time"

	"ntlmtrace/analysis/report"
)

// View is what the loop reports to. Each function is called from the capture
// goroutine and must not block; it may keep its argument, which is a copy.
type View struct {
	Finding   func(*report.Finding) // new, or a revision of one reported before (Finding.Revision)
	Handshake func(*report.Handshake)
	Health    func(*Health) // once a refresh (500 ms)
	Note      func(string)  // link down, file rotated, ...
	Close     func()        // restores the terminal, before the final tables
}

// Health is how a live capture is doing.
type Health struct {
	At                   time.Time
	Since                time.Time
	Interfaces           []string
	Packets, Bytes       int64
	Kernel, Own          int64           // Kernel: packets dropped by the kernel; Own: what we dropped, for limits or for want of room on a disk
	Lost                 int64           // of Own, packets of --write that could not be written
	Counters             report.Counters // of what was not read or dropped
	PacketRate, ByteRate float64         // a second, since the refresh before
	Memory               int64           // bytes, resident as the runtime knows it
	Summary              report.Summary
	Hops                 []report.Hop // with counters, worst first, then most handshakes, capped to 200
}
