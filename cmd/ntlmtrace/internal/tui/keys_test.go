package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// listed gives the ids of the findings in their order.
func listed(s *screen) (ids []int64) {
	for _, f := range s.findings {
		ids = append(ids, f.ID)
	}
	return ids
}

// threeFindings is a screen of low 1, high 2 and medium 3, told in that order.
func threeFindings(t *testing.T) *screen {
	t.Helper()
	s := &screen{board: newBoard()}
	now := asked
	s.board.now = func() time.Time {
		now = now.Add(time.Second)
		return now
	}
	for i, v := range []report.Severity{report.Low, report.High, report.Medium} {
		f := findingOf(int64(i+1), v)
		f.Count, f.Summary = 10-i, []string{"alice", "bob", "carol"}[i]
		s.board.finding(f, oneFile)
	}
	s.resize(80, 24)
	s.tick(now)
	return s
}

// TestSortKey goes through the orders of the findings.
func TestSortKey(t *testing.T) {
	s := threeFindings(t)
	for _, want := range [][]int64{{2, 3, 1}, {3, 2, 1}, {1, 2, 3}, {2, 3, 1}} {
		if got := listed(s); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", findingOrders[s.order[findingPane]].name, got, want)
		}
		presses(s, "s")
	}
}

// TestSelection holds that a selected finding keeps its mark wherever it goes,
// and that the first row is just the first row.
func TestSelection(t *testing.T) {
	s := threeFindings(t)
	at := func() int64 { return s.findings[s.lists[findingPane].at].ID }
	worse := findingOf(4, report.High)
	s.board.finding(worse, oneFile)
	s.tick(asked)
	if at() != 4 {
		t.Errorf("nobody moved: finding %d is selected, want the first, 4", at())
	}
	presses(s, "end")
	if at() != 1 {
		t.Errorf("end selects %d, want 1", at())
	}
	presses(s, "s", "s") // it is the first one now
	presses(s, "up", "down")
	presses(s, "s")
	presses(s, "down", "down")
	chosen := at()
	s.board.finding(findingOf(5, report.High), oneFile)
	s.tick(asked)
	if at() != chosen {
		t.Errorf("finding %d is selected, want %d as before", at(), chosen)
	}
	gone := findingOf(chosen, report.Info)
	gone.Withdrawn = true
	s.board.finding(gone, oneFile)
	s.tick(asked)
	if n := s.lists[findingPane].at; n >= len(s.findings) {
		t.Errorf("row %d of %d is selected", n, len(s.findings))
	}
	presses(s, "home")
	if s.lists[findingPane].at != 0 {
		t.Error("home does not select the first row")
	}
}

// TestPause holds that lists stand still while health goes on, and that nothing
// told meanwhile is lost.
func TestPause(t *testing.T) {
	s := threeFindings(t)
	presses(s, "p")
	s.board.finding(findingOf(4, report.High), oneFile)
	s.board.finding(findingOf(1, report.High), oneFile)
	s.board.report(&watch.Health{At: asked, Since: asked, Packets: 1, PacketRate: 4711})
	s.tick(asked)
	if got := listed(s); len(got) != 3 || s.findings[2].Severity != report.Low {
		t.Errorf("the list moved: %v", got)
	}
	for _, want := range []string{"PAUSED, 2 new", "4,711 packets/s", "p go on"} {
		if !strings.Contains(onScreen(s), want) {
			t.Errorf("%q is missing in\n%s", want, onScreen(s))
		}
	}
	presses(s, "enter") // the evidence is that of the list
	s.tick(asked)
	presses(s, "esc", "space")
	if got := listed(s); len(got) != 4 || strings.Contains(onScreen(s), "PAUSED") {
		t.Errorf("after the pause: %v", got)
	}
}

// TestFilterKey types a filter, in either case, and takes it back.
func TestFilterKey(t *testing.T) {
	s := threeFindings(t)
	presses(s, "/", "B", "O")
	if got := listed(s); !slices.Equal(got, []int64{2}) {
		t.Errorf("BO shows %v", got)
	}
	presses(s, "q") // is a letter here
	if s.filter != "BOq" || len(listed(s)) != 0 {
		t.Errorf("filter %q shows %v", s.filter, listed(s))
	}
	presses(s, "backspace", "enter", "down", "enter", "esc")
	if got := listed(s); len(got) != 1 || s.typing || s.pager != nil {
		t.Errorf("the filter is kept by enter: %v", got)
	}
	presses(s, "esc")
	if got := listed(s); len(got) != 3 {
		t.Errorf("esc leaves %v", got)
	}
	presses(s, "/")
	s.paste("al\x1b[31m\nice" + strings.Repeat("x", 2*maxFilter))
	if want := "al[31mice"; !strings.HasPrefix(s.filter, want) || len(s.filter) != maxFilter {
		t.Errorf("pasted: %q", s.filter)
	}
	presses(s, "ctrl+u")
	s.press("é", "é")
	presses(s, "backspace", "backspace")
	if s.filter != "" {
		t.Errorf("left: %q", s.filter)
	}
	presses(s, "esc")
	s.paste("not typing")
	if s.filter != "" {
		t.Errorf("pasted without asking: %q", s.filter)
	}
}

// TestQuitKeys lists where q and Ctrl-C end the capture.
func TestQuitKeys(t *testing.T) {
	tests := []struct {
		before []string
		key    string
		want   bool
	}{
		{nil, "q", true},
		{nil, "ctrl+c", true},
		{[]string{"enter"}, "q", true},
		{[]string{"?"}, "q", true},
		{[]string{"/"}, "q", false},
		{[]string{"/"}, "ctrl+c", true},
		{[]string{"p"}, "ctrl+c", true},
		{nil, "x", false},
	}
	for _, tt := range tests {
		s := threeFindings(t)
		presses(s, tt.before...)
		if got := s.press(tt.key, ""); got != tt.want {
			t.Errorf("%q, then %s: ends %v, want %v", tt.before, tt.key, got, tt.want)
		}
	}
}

// TestPages moves by pages of what the screen shows.
func TestPages(t *testing.T) {
	s := &screen{board: newBoard()}
	for id := range int64(100) {
		s.board.finding(findingOf(id+1, report.High), oneFile)
	}
	s.resize(80, 24)
	s.tick(asked)
	s.view()
	rows := s.pages[findingPane]
	presses(s, "pgdown")
	if got, want := s.lists[findingPane].at, rows-1; got != want || rows < 5 {
		t.Errorf("a page goes to row %d, want %d", got, want)
	}
	presses(s, "pgdown", "end", "pgup")
	s.view()
	if got, want := s.lists[findingPane].at, 100-rows; got != want {
		t.Errorf("a page up from the end goes to row %d, want %d", got, want)
	}
	presses(s, "enter", "end")
	s.view()
	top := s.pager.top
	presses(s, "down", "down", "pgdown")
	if s.pager.top != top {
		t.Error("the text goes on behind its end")
	}
	presses(s, "home", "up")
	if s.pager.top != 0 {
		t.Error("the text begins before its first line")
	}
}

// TestResize makes a screen smaller and larger: what is selected stays on it.
func TestResize(t *testing.T) {
	s := sampleScreen(t, 200, 50, manySamples...)
	presses(s, "end")
	chosen := s.findings[len(s.findings)-1]
	for _, size := range [][2]int{{80, 24}, {40, 10}, {1, 1}, {20, 6}, {300, 100}, {0, 0}, {19, 50}, {80, 24}} {
		s.resize(size[0], size[1])
		checkShape(t, s)
		if size[0] >= 40 && !strings.Contains(onScreen(s), "> "+strings.ToUpper(chosen.Severity.String())) {
			t.Errorf("%v: the selected finding is not there:\n%s", size, onScreen(s))
		}
	}
}

// TestRuleColumn holds that every id has room in its column.
func TestRuleColumn(t *testing.T) {
	longest := 0
	for _, r := range rules.Texts() {
		longest = max(longest, len(r.ID))
	}
	if longest != ruleColumn {
		t.Errorf("the longest id has %d characters, the column %d", longest, ruleColumn)
	}
}
