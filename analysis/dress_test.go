package analysis_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"ntlmtrace/analysis/report"
)

// A dress is another way in which the traffic of a sample may have been captured.
// The tests in dress_*_test.go put every sample in each: on a machine that
// forwards packets, behind a NAT, on the way to a forward proxy, beside machines
// of the same names. What may then be said otherwise is a change, with the
// section of the catalogue that asks for it; nothing else may be.
type change struct {
	from, to string // rule, severity and confidence; to is empty if there is no finding
	also     string // what may be found besides, because from is not there to explain it
	why      string
	happened bool
}

// allHappened checks that every change is there for a sample.
func allHappened(t *testing.T, changes []*change) {
	t.Helper()
	for _, c := range changes {
		if !c.happened && !t.Failed() {
			t.Errorf("no sample has %s that becomes %q (%s)", c.from, c.to, c.why)
		}
	}
}

// A statement is what a finding says of its servers.
type statement struct {
	what  string // rule, severity and confidence
	at    string // the servers
	text  string
	count int
}

func statements(findings []*report.Finding, edit func(string) string) (out []statement) {
	for _, f := range findings {
		out = append(out, statement{
			what:  fmt.Sprintf("%s %s/%s", f.Rule.ID, f.Severity, f.Confidence),
			at:    fmt.Sprint(f.Servers),
			text:  edit(frameNumber.ReplaceAllString(fmt.Sprintf("%s: %s", f.User, f.Summary), "frame N")),
			count: f.Count,
		})
	}
	return out
}

var frameNumber = regexp.MustCompile(`frame \d+`)

// compareStatements checks that the same is said, but for changes, and for two rows
// that are one because their clients are one.
func compareStatements(t *testing.T, before, after []statement, changes []*change) {
	t.Helper()
	lost, added := statementsWithout(before, after), statementsWithout(after, before)
	for _, c := range changes {
		for {
			i := slices.IndexFunc(lost, func(x statement) bool { return x.what == c.from })
			if i < 0 {
				break
			}
			j := slices.IndexFunc(added, func(x statement) bool { return x.what == c.to && x.at == lost[i].at })
			if j < 0 && c.to != "" {
				break
			}
			c.happened = true
			at := lost[i].at
			lost = slices.Delete(lost, i, i+1)
			if j >= 0 {
				added = slices.Delete(added, j, j+1)
			}
			added = slices.DeleteFunc(added, func(x statement) bool { return x.what == c.also && x.at == at })
		}
	}
	for _, x := range lost {
		rows, times := countsOf(before, x)
		if now, of := countsOf(after, x); now >= rows || of != times {
			t.Errorf("missing: %v", x)
		}
	}
	for _, x := range added {
		t.Errorf("not wanted: %v", x)
	}
}

// statementsWithout returns the statements that others have not, whatever their counts.
func statementsWithout(list, others []statement) (out []statement) {
	for _, x := range list {
		if !slices.ContainsFunc(others, func(y statement) bool { return x.what == y.what && x.at == y.at && x.text == y.text }) {
			out = append(out, x)
		}
	}
	return out
}

// countsOf returns how many statements are like x, but for their text, and how
// often they were true.
func countsOf(list []statement, x statement) (rows, times int) {
	for _, y := range list {
		if y.what == x.what && y.at == x.at {
			rows, times = rows+1, times+y.count
		}
	}
	return rows, times
}
