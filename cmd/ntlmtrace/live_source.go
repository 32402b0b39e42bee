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

// maxNamed is how many interfaces of any are named: a machine that starts
// containers all day has new ones without end.
const maxNamed = 16

// newInterface notes that packets come from interface n, for the first time.
func (r *liveRun) newInterface(n int) {
	r.last = n
	if n < len(r.heard) && r.heard[n] {
		return
	}
	r.heard = append(r.heard, make([]bool, max(n+1-len(r.heard), 0))...)
	r.heard[n] = true
	list := r.source.Interfaces()
	if n >= len(list) {
		return
	}
	if link := list[n].Link.String(); !slices.Contains(r.report.linkTypes, link) {
		r.report.linkTypes = append(r.report.linkTypes, link)
	}
	if r.settings.interfaces[0] == live.Any && len(r.named) < maxNamed && !slices.Contains(r.named, list[n].Name) {
		r.named = append(r.named, list[n].Name)
		r.note("packets come from " + list[n].Name)
	}
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
