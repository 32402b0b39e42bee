package main

import (
	"time"

	"ntlmtrace/analysis"
)

// liveView is what the capture loop tells a view. Each function is called from the capture goroutine and must not block.
type liveView struct {
	finding   func(*analysis.Finding) // new, or a revision of one told before
	handshake func(*analysis.Handshake)
	health    func(*liveHealth) // once a refresh (500 ms)
	note      func(string)      // link down, file rotated, ...
	close     func()            // restores the terminal, before the final tables
}

// liveHealth says how the capture does.
type liveHealth struct {
	At                          time.Time
	Since                       time.Time
	Interfaces                  []string
	Packets, Bytes, Kernel, Own int64 // Kernel: dropped by the kernel; Own: by us (limits)
	PacketRate, ByteRate        float64
	Memory                      int64
	Summary                     analysis.Summary
	Hops                        []analysis.Hop
}
