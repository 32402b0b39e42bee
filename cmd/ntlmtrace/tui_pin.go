package main

import (
	"ntlmtrace/analysis/report"
	"slices"
	"unicode/utf8"
)

// What is kept of a finding: the names in its texts come from the wire, and a
// thousand findings are kept.
const (
	maxPinnedText = 4 << 10
	maxPinned     = 200 // lines of evidence, caveats
)

// pinned copies what is printed of a finding. The analysis goes on with the
// finding and with its own slices, and the capture with the origins: the copy
// shares neither, and its origins know the frames of its evidence alone.
func pinned(f *report.Finding, o *origins) (*report.Finding, *origins) {
	p := &report.Finding{
		ID: f.ID, Revision: f.Revision, Withdrawn: f.Withdrawn,
		Rule: f.Rule, Severity: f.Severity, Confidence: f.Confidence,
		Summary: clip(f.Summary), User: clip(f.User), Client: f.Client, Servers: clone(f.Servers), Count: f.Count,
		Evidence: clone(f.Evidence),
		Why:      clip(f.Why), Fix: clip(f.Fix), Log: clip(f.Log), Filter: clip(f.Filter), NotIf: clip(f.NotIf),
		Caveats: clone(f.Caveats), Others: clone(f.Others),
	}
	own := &origins{}
	for i := range p.Evidence {
		e := &p.Evidence[i]
		name, number := o.locate(e.Source, e.Frame)
		place := slices.Index(own.names, name)
		if place < 0 {
			place = len(own.names)
			own.names = append(own.names, name)
			own.taps = append(own.taps, []span{{file: place}})
		}
		e.Source, e.Frame, e.Text = place, number, clip(e.Text)
	}
	if len(o.names) > 1 && len(own.names) == 1 {
		own.names = append(own.names, "") // there is more than one file: its name is told
	}
	for i, c := range p.Caveats {
		p.Caveats[i] = clip(c)
	}
	return p, own
}

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
