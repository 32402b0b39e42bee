package main

import (
	"ntlmtrace/analysis/report"
	"slices"
	"time"
)

// liveView is what the loop tells a view. Each is called from the capture
// goroutine and must not block. What it is given is its own to keep.
type liveView struct {
	finding   func(*report.Finding) // new, or a revision of one told before (Finding.Revision)
	handshake func(*report.Handshake)
	health    func(*liveHealth) // once a refresh (500 ms)
	note      func(string)      // link down, file rotated, ...
	close     func()            // restores the terminal, before the final tables
}

// liveHealth is how a live capture is doing.
type liveHealth struct {
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

// shownHops is how many hops a view is told of.
const shownHops = 200

// liveViews are all that watch a capture.
type liveViews []liveView

// finding tells of a copy: the analysis goes on with its own.
func (v liveViews) finding(f *report.Finding) {
	for _, view := range v {
		if view.finding == nil {
			continue
		}
		c := *f
		c.Servers, c.Handshakes, c.Evidence = slices.Clone(f.Servers), slices.Clone(f.Handshakes), slices.Clone(f.Evidence)
		c.Caveats, c.Others = slices.Clone(f.Caveats), slices.Clone(f.Others)
		view.finding(&c)
	}
}

func (v liveViews) handshake(h *report.Handshake) {
	for _, view := range v {
		if view.handshake == nil {
			continue
		}
		c := *h
		c.Problems = slices.Clone(h.Problems)
		view.handshake(&c)
	}
}

// health tells each of a copy of h: what it points to is not changed any more.
func (v liveViews) health(h *liveHealth) {
	for _, view := range v {
		if view.health != nil {
			c := *h
			view.health(&c)
		}
	}
}

func (v liveViews) note(text string) {
	for _, view := range v {
		if view.note != nil {
			view.note(text)
		}
	}
}

func (v liveViews) close() {
	for _, view := range v {
		if view.close != nil {
			view.close()
		}
	}
}
