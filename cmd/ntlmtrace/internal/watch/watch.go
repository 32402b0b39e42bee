// Package watch holds what a live capture reports while it runs, and what reports
// are made to.
//
//	live loop --Finding, Handshake, Health, Note--> View: a screen, or lines
package watch

import (
	"ntlmtrace/analysis/report"
	"time"
)

// View is what the loop tells a view. Each is called from the capture
// goroutine and must not block. What it is given is its own to keep.
type View struct {
	Finding   func(*report.Finding) // new, or a revision of one told before (Finding.Revision)
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
	Kernel, Own          int64   // Kernel: packets dropped by the kernel; Own: what we dropped, for limits or for want of room on a disk
	LostLines, Lost      int64   // of Own, what could not be written: lines of results, and packets of --write
	PacketRate, ByteRate float64 // a second, since the refresh before
	Memory               int64   // bytes, resident as the runtime knows it
	Summary              report.Summary
	Hops                 []report.Hop // with counters, worst first, then most handshakes, capped to 200
}
