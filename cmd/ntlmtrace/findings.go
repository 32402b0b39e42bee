package main

import (
	"fmt"
	"io"
	"ntlmtrace/analysis/report"
	"strings"
)

// findingIndent is the margin below the head line of a finding, and
// findingLabel the width of the words in that margin.
const (
	findingIndent = 6
	findingLabel  = 12
)

// writeFinding prints a verdict: the head line, what proves it, why it is so
// and what to do.
func writeFinding(w io.Writer, l look, f *report.Finding, o *origins) {
	writeHead(w, l, f.Severity, f.Rule.ID, f.Summary)
	several := len(o.names) > 1
	for _, e := range f.Evidence {
		name, number := o.locate(e.Source, e.Frame)
		place := fmt.Sprintf("frame %-5d", number)
		if several {
			place = shorten(name, maxCell) + " " + place
		}
		fmt.Fprintf(w, "%*s%s  %s\n", findingIndent, "", place, safe(e.Text))
	}
	for _, p := range findingParts(f) {
		writePart(w, l, p.label, p.text)
	}
}

// writeHead prints the head line of a finding or a rule.
func writeHead(w io.Writer, l look, v report.Severity, rule, text string) {
	fmt.Fprintf(w, "%s  %s  %s\n", l.severity(v, strings.ToUpper(v.String())), l.bold(rule), safe(text))
}

// part is one labelled text below a head line.
type part struct{ label, text string }

// findingParts lists what is said below the evidence; parts without text are
// left out.
func findingParts(f *report.Finding) []part {
	seen := ""
	if f.Count > 1 {
		seen = fmt.Sprintf("%s times; the frames are those of the first", grouped(int64(f.Count)))
	}
	return []part{
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

// writePart prints one labelled text, wrapped to the page.
func writePart(w io.Writer, l look, label, text string) {
	if text == "" {
		return
	}
	width := 0
	if l.width > 0 {
		// A page narrower than this would have a word a line.
		width = max(l.width-findingIndent-findingLabel, 24)
	}
	for _, line := range wrap(safe(text), width) {
		fmt.Fprintf(w, "%*s%s%*s%s\n", findingIndent, "", l.bold(label), findingLabel-len(label), "", line)
		label = ""
	}
}
