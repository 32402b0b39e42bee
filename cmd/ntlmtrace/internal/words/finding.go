// Package words says for people what a finding, a handshake, a hop or a summary
// means. Tables, lines and the full-screen view use the same words.
//
//	Finding ---WriteFinding--> head line, evidence with file and frame, labelled parts
//	Handshake, Hop, Summary --> one text for a cell or a line
package words

import (
	"fmt"
	"io"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// findingIndent is the margin below the head line of a finding, and
// findingLabel the width of the words in that margin.
const (
	Indent   = 6
	Label    = 12
	maxPlace = 80 // columns of a file name before its frame
)

// WriteFinding prints a verdict: the head line, what proves it, why it is so
// and what to do.
func WriteFinding(w io.Writer, l term.Look, f *report.Finding, places result.Locator) {
	WriteHead(w, l, f.Severity, f.Rule.ID, f.Summary)
	several := places.Several()
	for _, e := range f.Evidence {
		name, number := places.Locate(e.Source, e.Frame)
		place := fmt.Sprintf("frame %-5d", number)
		if several {
			place = safe.Shorten(name, maxPlace) + " " + place
		}
		fmt.Fprintf(w, "%*s%s  %s\n", Indent, "", place, safe.Text(e.Text))
	}
	for _, p := range findingParts(f) {
		WritePart(w, l, p.Label, p.Text)
	}
}

// WriteHead prints the head line of a finding or a rule.
func WriteHead(w io.Writer, l term.Look, v report.Severity, rule, text string) {
	fmt.Fprintf(w, "%s  %s  %s\n", Severity(l, v, strings.ToUpper(v.String())), l.Bold(rule), safe.Text(text))
}

// Part is one labelled text below a head line.
type Part struct{ Label, Text string }

// findingParts lists what is said below the evidence; parts without text are
// left out.
func findingParts(f *report.Finding) []Part {
	seen := ""
	if f.Count > 1 {
		seen = fmt.Sprintf("%s times; the frames are those of the first", units.Grouped(int64(f.Count)))
	}
	return []Part{
		{"Seen", seen},
		{"Why", f.Why},
		{"Fix", f.Fix},
		{"See", f.Filter},
		{"Log", f.Log},
		{"Confidence", f.Confidence.String()},
		{"Unless", f.NotIf},
		{"But", strings.Join(f.Caveats, "; ")},
		{"Also", strings.Join(f.Others, ", ")},
	}
}

// WritePart prints one labelled text, wrapped to the page.
func WritePart(w io.Writer, l term.Look, label, text string) {
	if text == "" {
		return
	}
	width := 0
	if l.Width > 0 {
		// A page narrower than this would have a word a line.
		width = max(l.Width-Indent-Label, 24)
	}
	for _, line := range wrap(safe.Text(text), width) {
		fmt.Fprintf(w, "%*s%s%*s%s\n", Indent, "", l.Bold(label), Label-len(label), "", line)
		label = ""
	}
}
