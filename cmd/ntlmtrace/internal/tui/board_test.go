package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// captures are the names of files, each of which is a tap of its own.
type captures struct{ names []string }

func (c *captures) Locate(tap int, frame int64) (name string, number int64) {
	if tap >= len(c.names) {
		return "", frame
	}
	return c.names[tap], frame
}

func (c *captures) Several() bool { return len(c.names) > 1 }

var oneFile = &captures{[]string{"a.pcap"}}

func findingOf(id int64, v report.Severity) *report.Finding {
	return &report.Finding{ID: id, Rule: rules.Texts()[0], Severity: v, Count: 1, Summary: "alice"}
}

// TestBoardKeepsTheWorst holds that a flood of findings leaves those that
// matter, and that the screen says that there were more.
func TestBoardKeepsTheWorst(t *testing.T) {
	b := newBoard()
	for id := int64(1); id <= 20000; id++ {
		v := report.Low
		if id%100 == 0 {
			v = report.High
		}
		b.finding(findingOf(id, v), oneFile)
	}
	st := b.state(boardState{})
	high := 0
	for _, f := range st.findings {
		if f.Severity == report.High {
			high++
		}
	}
	if n := len(st.findings); n < maxBoardFindings || n > maxBoardFindings*5/4 || high != 200 || !st.cut {
		t.Errorf("%d findings, %d of them high, cut %v", n, high, st.cut)
	}
}

// TestBoardRevisions holds that a finding has one row, which says what was said
// last.
func TestBoardRevisions(t *testing.T) {
	s := &screen{board: newBoard()}
	s.resize(80, 24)
	f := findingOf(7, report.Low)
	for range 3 {
		s.board.finding(f, oneFile)
		f.Count *= 2
		f.Severity = report.High
	}
	s.tick(asked)
	if len(s.findings) != 1 || s.findings[0].Count != 4 || s.findings[0].Severity != report.High {
		t.Fatalf("got %d findings, the first %+v", len(s.findings), s.findings[0].Finding)
	}
	s.press("enter", "")
	f.Withdrawn = true
	s.board.finding(f, oneFile)
	s.tick(asked)
	if len(s.findings) != 0 || !strings.Contains(onScreen(s), "Withdrawn: a more specific finding") {
		t.Errorf("withdrawn, but there:\n%s", onScreen(s))
	}
	f.Withdrawn = false
	s.board.finding(f, oneFile)
	s.press("esc", "")
	s.tick(asked)
	if len(s.findings) != 1 {
		t.Error("said again, but not there")
	}
}

// TestPinnedSharesNothing holds that a finding on the board stays as it was
// told, whatever the analysis and the capture do with theirs.
func TestPinnedSharesNothing(t *testing.T) {
	o := &captures{[]string{"b.pcap", "a.pcap"}}
	f := findingOf(1, report.High)
	f.Evidence = []report.Evidence{{Source: 1, Frame: 2, Text: "one"}, {Source: 0, Frame: 3, Text: strings.Repeat("é", 1<<20)}}
	f.Caveats = []string{"gap"}
	p, own := pinned(f, o)
	f.Evidence[0].Text, f.Caveats[0] = "two", "none"
	o.names = nil
	if p.Evidence[0].Text != "one" || p.Caveats[0] != "gap" || len(p.Evidence[1].Text) > maxPinnedText+3 {
		t.Errorf("got %.200v", p)
	}
	for i, want := range []string{"a.pcap 2", "b.pcap 3"} {
		name, number := own.Locate(p.Evidence[i].Source, p.Evidence[i].Frame)
		if got := name + " " + units.Grouped(number); got != want {
			t.Errorf("evidence %d is in %s, want %s", i, got, want)
		}
	}
}

// TestFirstHops compares choosing some hops with sorting all of them.
func TestFirstHops(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hops := make([]report.Hop, 5000)
	for i := range hops {
		hops[i] = randomHop(r)
	}
	for _, o := range hopOrders {
		for _, n := range []int{1, 7, 200, 5000, 6000} {
			all := make([]*report.Hop, len(hops))
			for i := range hops {
				all[i] = &hops[i]
			}
			slices.SortFunc(all, o.compare)
			got := firstHops(hops, o.compare, n)
			if len(got) != min(n, len(hops)) {
				t.Fatalf("%s: %d hops, want %d", o.name, len(got), n)
			}
			for i := range got {
				if o.compare(&got[i], all[i]) != 0 {
					t.Fatalf("%s: hop %d of %d is another one", o.name, i, n)
				}
			}
		}
	}
	h := firstHops(hops[:1], hopOrders[0].compare, 1)[0]
	if words.Users(&h) != words.Users(&hops[0]) {
		t.Errorf("got users %s, want %s", words.Users(&h), words.Users(&hops[0]))
	}
}

func BenchmarkBoardReport(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	h := randomHealth(r, asked)
	h.Hops = make([]report.Hop, 1<<16)
	for i := range h.Hops {
		h.Hops[i] = randomHop(r)
	}
	board := newBoard()
	for b.Loop() {
		board.report(h)
	}
}

func BenchmarkBoardFinding(b *testing.B) {
	f := findingOf(1, report.High)
	f.Evidence = make([]report.Evidence, 4)
	board := newBoard()
	for b.Loop() {
		f.ID++
		board.finding(f, oneFile)
	}
}

func BenchmarkScreen(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	s := &screen{board: newBoard(), look: term.Look{Fancy: true}}
	s.resize(200, 50)
	for id := range int64(maxBoardFindings) {
		f := randomFinding(r)
		f.ID = id
		s.board.finding(f, oneFile)
	}
	h := randomHealth(r, asked)
	for range 1000 {
		h.Hops = append(h.Hops, randomHop(r))
	}
	s.board.report(h)
	for b.Loop() {
		s.board.report(h) // more often than a capture does
		s.tick(asked)
		s.view()
	}
}
