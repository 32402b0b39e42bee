package tui

import (
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// The panes of a screen, in the order of the tab key.
const (
	findingPane = iota
	hopPane
	panes
)

// screen is the full-screen view of a live capture: what is on a board, as the
// user wants to see it. It knows no terminal: program.go passes it keys, sizes
// and the time, and draws the text that it returns.
type screen struct {
	board *board
	look  term.Look

	width, height int
	clock         time.Time

	live   boardState // what is on the board
	shown  boardState // what the lists show: the same, but while they are paused
	paused bool

	findings []*boardFinding // of shown: sorted, and those that have the filter in them
	hops     []*report.Hop
	grid     *grid.Grid // of hops; nil until it is drawn
	focus    int        // the pane that keys go to
	lists    [panes]list
	order    [panes]int // how they are sorted
	pages    [panes]int // rows of them on the screen, for the page keys

	filter string
	typing bool   // the filter is being typed
	pager  *pager // open over the lists; nil: none
}

// tick takes what is new on the board.
func (s *screen) tick(now time.Time) {
	s.clock = now
	s.live = s.board.state(s.live)
	if !s.paused && s.shown.version != s.live.version {
		s.shown = s.live
		s.arrange()
		s.refill()
	}
}

// resize takes the size of the terminal.
func (s *screen) resize(width, height int) {
	s.width, s.height = max(width, 1), max(height, 1)
	s.grid = nil
	s.refill()
}

// arrange sorts and filters what is shown.
func (s *screen) arrange() {
	text := strings.ToLower(s.filter)
	s.findings = sortedFindings(s.shown.findings, text, s.order[findingPane])
	s.hops = sortedHops(s.shown.hops, text, s.order[hopPane])
	s.grid = nil
	for pane := range s.lists {
		s.lists[pane].follow(s.rows(pane), s.key(pane))
	}
}

// rows returns how many rows a pane has.
func (s *screen) rows(pane int) int {
	if pane == hopPane {
		return len(s.hops)
	}
	return len(s.findings)
}

// key returns what identifies the rows of a pane.
func (s *screen) key(pane int) func(int) any {
	if pane == hopPane {
		return func(i int) any { return keyOf(s.hops[i]) }
	}
	return func(i int) any { return s.findings[i].ID }
}

// news counts the findings that came, or were revised, while paused.
func (s *screen) news() (n int) {
	seen := map[int64]*boardFinding{}
	for _, f := range s.shown.findings {
		seen[f.ID] = f
	}
	for _, f := range s.live.findings {
		if seen[f.ID] != f {
			n++
		}
	}
	return n
}

// findingWith returns a finding that is shown, in force or not; nil if it is
// not there.
func (s *screen) findingWith(id int64) *boardFinding {
	i := slices.IndexFunc(s.shown.findings, func(f *boardFinding) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return s.shown.findings[i]
}
