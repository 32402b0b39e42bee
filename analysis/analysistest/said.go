package analysistest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
)

// Said returns what findings say, one line for each, so that two readings of
// one traffic can be compared: in no order of theirs, and without the numbers
// of frames, which are those of a file.
func Said(findings []*report.Finding) []string {
	out := make([]string, 0, len(findings))
	for _, f := range findings {
		servers := fmt.Sprint(f.Servers)
		summary := frameNumber.ReplaceAllString(f.Summary, "frame N")
		line := fmt.Sprintf("%s %s/%s %q client %s servers %s x%d: %s", f.Rule.ID, f.Severity, f.Confidence, f.User, f.Client, servers, f.Count, summary)
		for _, e := range f.Evidence {
			line += " | " + frameNumber.ReplaceAllString(e.Text, "frame N")
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

var frameNumber = regexp.MustCompile(`frame \d+`)

// Difference returns the lines of one reading that the other has not, marked by
// - and +; empty if both say the same.
func Difference(before, after []string) string {
	var b strings.Builder
	mark := func(sign string, lines, others []string) {
		others = slices.Clone(others)
		for _, l := range lines {
			if i := slices.Index(others, l); i >= 0 {
				others = slices.Delete(others, i, i+1)
				continue
			}
			fmt.Fprintf(&b, "\n%s %s", sign, l)
		}
	}
	mark("-", before, after)
	mark("+", after, before)
	return b.String()
}
