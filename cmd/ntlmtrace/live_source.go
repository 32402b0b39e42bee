package main

import (
	"slices"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/live"
)

// packetSource gives the packets of interfaces: a live.Source, or a script.
type packetSource interface {
	// Next is nil, live.ErrTimeout, a *live.GoneError, or why reading ended.
	Next(p *capture.Packet, wait time.Duration) error
	Interfaces() []live.Interface
	Stats() live.Stats
	Notes() []string
	Close() error
}

// interfaceName implements tapped.
func (r *liveRun) interfaceName(n int) string {
	if list := r.source.Interfaces(); n < len(list) {
		return list[n].Name
	}
	return ""
}

// drops implements tapped.
func (r *liveRun) drops() int64 { return r.source.Stats().Dropped }

// linkNames gives the link types of the interfaces, each once.
func linkNames(src packetSource) []string {
	names := []string{}
	for _, i := range src.Interfaces() {
		if name := i.Link.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
