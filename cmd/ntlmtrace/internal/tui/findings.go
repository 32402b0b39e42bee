package tui

import (
	"cmp"
	"slices"
	"strings"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// ordering is one way to sort the rows of a list.
type ordering[T any] struct {
	name    string
	compare func(x, y T) int
}

// findingOrders are the ways to sort findings, the first one first. All of them
// end with the id: no two rows ever change places by chance.
var findingOrders = []ordering[*boardFinding]{
	{"worst first", func(x, y *boardFinding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Confidence, x.Confidence), cmp.Compare(y.ID, x.ID))
	}},
	{"newest first", func(x, y *boardFinding) int {
		return cmp.Or(y.told.Compare(x.told), cmp.Compare(y.ID, x.ID))
	}},
	{"most often first", func(x, y *boardFinding) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.ID, x.ID))
	}},
}

// byTime is the order in which the time of a finding matters most.
const byTime = 1

// sortedFindings returns the findings that are in force and have text in them.
func sortedFindings(all []*boardFinding, text string, order int) []*boardFinding {
	rows := slices.DeleteFunc(slices.Clone(all), func(f *boardFinding) bool {
		return f.Withdrawn || !f.has(text)
	})
	slices.SortFunc(rows, findingOrders[order].compare)
	return rows
}

// has reports whether text, in lower case, is in a row.
func (f *boardFinding) has(text string) bool {
	if text == "" {
		return true
	}
	words := []string{f.Severity.String(), f.Rule.ID, safe.Text(f.Summary), safe.Text(f.User), f.Client.String()}
	for _, s := range f.Servers {
		words = append(words, s.String())
	}
	return anyHas(words, text)
}

func anyHas(words []string, text string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(w), text) })
}

// Widths of the columns of findings.
const (
	severityColumn = 8 // the heading
	countColumn    = 5
	timeColumn     = len("15:04:05")
	columnGap      = 2
)

// ruleColumn is as wide as the longest id of a rule.
const ruleColumn = len("connection-closed-mid-handshake")

// findingLayout holds the widths of the columns of the findings; 0: there is
// none.
type findingLayout struct{ time, rule, summary int }

// layoutFindings divides width columns. The rule says more than the beginning
// of its summary; on a narrow screen it is alone.
func layoutFindings(width, order int) findingLayout {
	room := width - marker - severityColumn - columnGap - countColumn - columnGap
	l := findingLayout{}
	if width >= 110 || order == byTime && width >= 60 {
		l.time = timeColumn
		room -= timeColumn + columnGap
	}
	l.rule = room
	if width >= 60 {
		l.rule = min(ruleColumn, room*2/5)
		l.summary = room - l.rule - columnGap
	}
	return l
}

// findingHead writes the headings.
func (s *screen) findingHead() string {
	c := layoutFindings(s.width, s.order[findingPane])
	l := s.line().add("", blanks(marker)).add(term.StyleBold, fitted("Severity", severityColumn)+blanks(columnGap)+flushRight("Count", countColumn))
	if c.time > 0 {
		l.add(term.StyleBold, blanks(columnGap)+fitted("Last", c.time))
	}
	l.add(term.StyleBold, blanks(columnGap)+fitted("Rule", c.rule))
	if c.summary > 0 {
		l.add(term.StyleBold, blanks(columnGap)+fitted("Summary", c.summary))
	}
	return l.String()
}

// findingRow writes one finding.
func (s *screen) findingRow(f *boardFinding, r rowState) string {
	c := layoutFindings(s.width, s.order[findingPane])
	l, plain, severity := s.row(r), "", words.SeverityStyles[f.Severity]
	if r == focusedRow {
		plain, severity = styleReverse, styleReverse
	}
	l.add(severity, fitted(strings.ToUpper(f.Severity.String()), severityColumn))
	l.add(plain, blanks(columnGap)+flushRight(units.Brief(int64(f.Count)), countColumn))
	if c.time > 0 {
		l.add(plain, blanks(columnGap)+f.told.Format("15:04:05"))
	}
	l.add(plain, blanks(columnGap)+fitted(f.Rule.ID, c.rule))
	if c.summary > 0 {
		l.add(plain, blanks(columnGap)+fitted(safe.Text(f.Summary), c.summary))
	}
	return l.fill(plain, " ", s.width).String()
}

// previewLines is how much of the summary of the selected finding is shown
// below a list in which there is little room for it.
const previewLines = 2

// preview writes the summary of the selected finding.
func (s *screen) preview() []string {
	f := s.findings[s.lists[findingPane].at]
	width := s.width - 2*marker
	lines := wrapStyled(safe.Text(f.Summary), width, 0)
	if len(lines) > previewLines {
		last := strings.Join(lines[previewLines-1:], " ")
		lines = append(lines[:previewLines-1], fitted(last, width))
	}
	for i, text := range lines {
		lines[i] = s.line().add("", blanks(marker)+text).String()
	}
	return sized(lines, previewLines)
}
