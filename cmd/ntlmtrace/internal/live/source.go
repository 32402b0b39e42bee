package live

import (
	"slices"
	"time"

	"ntlmtrace/capture"
	capturelive "ntlmtrace/capture/live"
)

// Source has the packets of interfaces: a capturelive.Source, or a script.
type Source interface {
	// Next is nil, capturelive.ErrTimeout, a *capturelive.GoneError, or why
	// reading ended.
	Next(p *capture.Packet, wait time.Duration) error
	Interfaces() []capturelive.Interface
	Stats() capturelive.Stats
	Notes() []string
	Close() error
}

// InterfaceName implements packetOrigin.
func (r *Run) InterfaceName(n int) string {
	if list := r.source.Interfaces(); n < len(list) {
		return list[n].Name
	}
	return ""
}

// maxNamed is how many interfaces of any are named: a machine that starts
// containers all day has new ones without end.
const maxNamed = 16

// newInterface notes that packets come from interface n, for the first time.
func (r *Run) newInterface(n int) {
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
	if link := list[n].Link.String(); !slices.Contains(r.report.LinkTypes, link) {
		r.report.LinkTypes = append(r.report.LinkTypes, link)
	}
	if r.options.Interfaces[0] == capturelive.Any && len(r.named) < maxNamed && !slices.Contains(r.named, list[n].Name) {
		r.named = append(r.named, list[n].Name)
		r.note("packets come from " + list[n].Name)
	}
}

// Drops implements packetOrigin.
func (r *Run) Drops() int64 { return r.source.Stats().Dropped }

// linkNames returns the link types of the interfaces, each once.
func linkNames(src Source) []string {
	names := []string{}
	for _, i := range src.Interfaces() {
		if name := i.Link.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
