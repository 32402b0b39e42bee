package tui

import (
	"cmp"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// hopOrders are the ways to sort hops, the first one first. All of them end
// with the addresses: no two rows ever change places by chance.
var hopOrders = []ordering[*report.Hop]{
	{"most denied first", func(x, y *report.Hop) int {
		if c := cmp.Compare(y.Denied, x.Denied); c != 0 {
			return c
		}
		return byHandshakes(x, y)
	}},
	{"most handshakes first", byHandshakes},
	{"by client", compareHops},
}

func byHandshakes(x, y *report.Hop) int {
	if c := cmp.Compare(y.Handshakes, x.Handshakes); c != 0 {
		return c
	}
	return compareHops(x, y)
}

func compareHops(x, y *report.Hop) int {
	if c := x.Client.Compare(y.Client); c != 0 {
		return c
	}
	return x.Server.Compare(y.Server)
}

// maxHopTexts is how many users and findings are kept of a hop on a screen.
const maxHopTexts = 20

// firstHops copies the n hops that come first in an order. It looks at each hop
// once and sorts only those that may be among them: there can be half a
// million.
func firstHops(hops []report.Hop, compare func(x, y *report.Hop) int, n int) []report.Hop {
	first := make([]*report.Hop, 0, min(len(hops), 2*n))
	var last *report.Hop // of the n best so far
	for i := range hops {
		h := &hops[i]
		if last != nil && compare(h, last) > 0 {
			continue
		}
		if first = append(first, h); len(first) == 2*n {
			slices.SortFunc(first, compare)
			first = first[:n]
			last = first[n-1]
		}
	}
	slices.SortFunc(first, compare)
	first = first[:min(n, len(first))]
	out := make([]report.Hop, len(first))
	for i, h := range first {
		out[i] = *h
		out[i].Schemes = clone(h.Schemes)
		out[i].Users = slices.Clone(h.Users[:min(len(h.Users), maxHopTexts)])
		out[i].MoreUsers += len(h.Users) - len(out[i].Users)
		out[i].Findings = clone(h.Findings)
	}
	return out
}

// sortedHops returns the hops that have text in them.
func sortedHops(all []report.Hop, text string, order int) []*report.Hop {
	rows := make([]*report.Hop, 0, len(all))
	for i := range all {
		if hopHas(&all[i], text) {
			rows = append(rows, &all[i])
		}
	}
	slices.SortFunc(rows, hopOrders[order].compare)
	return rows
}

func hopHas(h *report.Hop, text string) bool {
	if text == "" {
		return true
	}
	words := []string{h.Client.String(), h.Server.String(), safe.Text(strings.Join(h.Schemes, " ")), words.Findings(h)}
	for _, u := range h.Users {
		words = append(words, safe.Text(u))
	}
	return anyHas(words, text)
}

// hopKey identifies a hop.
type hopKey struct{ client, server string }

func keyOf(h *report.Hop) hopKey { return hopKey{h.Client.String(), h.Server.String()} }

// The columns of the hops on a screen: what can be spared is last. On one
// that is not wide the headings are shorter.
var (
	wideHopColumns   = screenHopColumns("Handshakes", "Accepted")
	narrowHopColumns = screenHopColumns("All", "OK")
)

const findingsHead = "Findings"

func screenHopColumns(handshakes, accepted string) []grid.Column {
	return []grid.Column{
		{Head: "Client"}, {Head: "Server"}, {Head: handshakes, Number: true, Spare: true}, {Head: accepted, Number: true, Spare: true},
		{Head: "Denied", Number: true}, {Head: findingsHead, Spare: true}, {Head: "Users", Text: true, Spare: true}, {Head: "Schemes", Text: true, Spare: true},
	}
}

// How far addresses are cut before columns are left out, which is for those of
// IPv6, and then. The title of a hop that is opened has them whole.
const (
	wholeAddress = len("[2001:db8::1234]:8080")
	leastAddress = 7
)

// hopGrid puts hops in columns that fit the screen, once until they change.
func (s *screen) hopGrid() *grid.Grid {
	if s.grid == nil {
		s.grid = s.newHopGrid()
	}
	return s.grid
}

func (s *screen) newHopGrid() *grid.Grid {
	heads := narrowHopColumns
	if s.width >= 110 {
		heads = wideHopColumns
	}
	rows := make([][]string, len(s.hops))
	for i, h := range s.hops {
		rows[i] = []string{
			h.Client.String(), h.Server.String(), units.Brief(int64(h.Handshakes)), units.Brief(int64(h.Accepted)), units.Brief(int64(h.Denied)),
			words.Findings(h), words.Users(h), strings.Join(h.Schemes, " "),
		}
	}
	g := grid.New(heads, rows)
	room := func(n int) int { return s.width - marker - columnGap*(n-1) }
	g.Least[0], g.Least[1] = min(g.Least[0], wholeAddress), min(g.Least[1], wholeAddress)
	g.FitTo(room)
	if n := len(g.Columns); grid.Sum(g.Widths) > room(n) {
		g.Least[0], g.Least[1] = leastAddress, leastAddress
		g.FitTo(room)
	}
	return g
}

// hopLine writes a line of the grid.
func hopLine(l *line, style func(grid.Column) string, g *grid.Grid, cells []string) *line {
	for i, text := range cells {
		c := g.Columns[i]
		if i > 0 {
			l.add(style(grid.Column{}), blanks(columnGap))
		}
		if c.Number {
			l.add(style(c), flushRight(text, g.Widths[i]))
		} else {
			l.add(style(c), fitted(text, g.Widths[i]))
		}
	}
	return l
}

// hopHead writes the headings.
func (s *screen) hopHead(g *grid.Grid) string {
	return hopLine(s.line().add("", blanks(marker)), func(grid.Column) string { return term.StyleBold }, g, g.Lines[0]).String()
}

// hopRow writes one hop, which has cells in the grid.
func (s *screen) hopRow(h *report.Hop, g *grid.Grid, cells []string, r rowState) string {
	l := s.row(r)
	style := func(c grid.Column) string {
		switch {
		case r == focusedRow:
			return styleReverse
		case h.HasFinding && c.Head == findingsHead:
			return words.SeverityStyles[h.Worst]
		}
		return ""
	}
	hopLine(l, style, g, cells)
	return l.fill(style(grid.Column{}), " ", s.width).String()
}
