package tui

import (
	"slices"
	"unicode/utf8"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
)

// What is kept of a finding: the names in its texts come from the wire, and a
// thousand findings are kept.
const (
	maxPinnedText = 4 << 10
	maxPinned     = 200 // lines of evidence, caveats
)

// pinned copies what is printed of a finding. The analysis goes on with the
// finding and with its own slices, and the capture with the places: the copy
// shares neither, and its places know the frames of its evidence alone.
func pinned(f *report.Finding, o result.Locator) (*report.Finding, *pinnedPlaces) {
	p := &report.Finding{
		ID: f.ID, Revision: f.Revision, Withdrawn: f.Withdrawn,
		Rule: f.Rule, Severity: f.Severity, Confidence: f.Confidence,
		Summary: clip(f.Summary), User: clip(f.User), Client: f.Client, Servers: clone(f.Servers), Count: f.Count,
		Evidence: clone(f.Evidence),
		Why:      clip(f.Why), Fix: clip(f.Fix), Log: clip(f.Log), Filter: clip(f.Filter), NotIf: clip(f.NotIf),
		Caveats: clone(f.Caveats), Others: clone(f.Others),
	}
	own := &pinnedPlaces{more: o.Several()}
	for i := range p.Evidence {
		e := &p.Evidence[i]
		name, number := o.Locate(e.Source, e.Frame)
		place := slices.Index(own.names, name)
		if place < 0 {
			place = len(own.names)
			own.names = append(own.names, name)
		}
		e.Source, e.Frame, e.Text = place, number, clip(e.Text)
	}
	for i, c := range p.Caveats {
		p.Caveats[i] = clip(c)
	}
	return p, own
}

// pinnedPlaces are the files that the evidence of one finding is in. They are
// the taps of a pinned finding, whose frames have the numbers of their files.
type pinnedPlaces struct {
	names []string
	more  bool // of them in the capture
}

func (p *pinnedPlaces) Locate(tap int, frame int64) (name string, number int64) {
	return p.names[tap], frame
}

func (p *pinnedPlaces) Several() bool { return p.more }

// clone copies the first of a list.
func clone[T any](list []T) []T { return slices.Clone(list[:min(len(list), maxPinned)]) }

// clip cuts a text that is longer than anybody reads.
func clip(s string) string {
	if len(s) <= maxPinnedText {
		return s
	}
	end := maxPinnedText
	for end > maxPinnedText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}
