package live

import (
	"slices"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// ShownHops is how many hops a screen gets.
const ShownHops = 200

// views are all that watch a capture.
type views []watch.View

// finding passes a copy: the analysis goes on with its own.
func (v views) finding(f *report.Finding) {
	for _, view := range v {
		if view.Finding == nil {
			continue
		}
		c := *f
		c.Servers, c.Handshakes, c.Evidence = slices.Clone(f.Servers), slices.Clone(f.Handshakes), slices.Clone(f.Evidence)
		c.Caveats, c.Others = slices.Clone(f.Caveats), slices.Clone(f.Others)
		view.Finding(&c)
	}
}

func (v views) handshake(h *report.Handshake) {
	for _, view := range v {
		if view.Handshake == nil {
			continue
		}
		c := *h
		c.Problems = slices.Clone(h.Problems)
		view.Handshake(&c)
	}
}

// health passes a copy of h to each: what it points to is not changed any more.
func (v views) health(h *watch.Health) {
	for _, view := range v {
		if view.Health != nil {
			c := *h
			view.Health(&c)
		}
	}
}

func (v views) note(text string) {
	for _, view := range v {
		if view.Note != nil {
			view.Note(text)
		}
	}
}

func (v views) close() {
	for _, view := range v {
		if view.Close != nil {
			view.Close()
		}
	}
}
