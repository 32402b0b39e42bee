package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/goldentest"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// narrowLines makes the test independent of the locale, which says how wide
// some lines are.
func narrowLines(t testing.TB) {
	had := runewidth.DefaultCondition.EastAsianWidth
	runewidth.DefaultCondition.EastAsianWidth = false
	t.Cleanup(func() { runewidth.DefaultCondition.EastAsianWidth = had })
}

// onScreen gives the text of a screen as a terminal shows it, without the
// blanks at the ends of lines.
func onScreen(s *screen) string {
	var b strings.Builder
	for l := range strings.Lines(unstyled(s.view())) {
		b.WriteString(strings.TrimRight(l, " \n") + "\n")
	}
	return b.String()
}

// presses gives a screen some keys; a key of several characters is named.
func presses(s *screen, keys ...string) {
	for _, k := range keys {
		text := ""
		if len(k) == 1 {
			text = k
		}
		s.press(k, text)
	}
}

// TestScreens compares screens with what they looked like before.
func TestScreens(t *testing.T) {
	narrowLines(t)
	sizes := [][2]int{{80, 24}, {200, 50}, {40, 10}}
	tests := []struct {
		name    string
		samples []string
		do      func(*screen)
	}{
		{"lists", fewSamples, func(*screen) {}},
		{"many", manySamples, func(s *screen) { presses(s, "s", "down", "down") }},
		{"hops", manySamples, func(s *screen) { presses(s, "tab", "down") }},
		{"evidence", fewSamples, func(s *screen) { presses(s, "enter") }},
		{"hop", fewSamples, func(s *screen) { presses(s, "tab", "enter", "pgdown") }},
		{"filter", fewSamples, func(s *screen) { presses(s, "/", "b", "o", "b") }},
		{"paused", fewSamples, pausedAndDropping},
		{"help", fewSamples, func(s *screen) { presses(s, "?") }},
		{"notes", fewSamples, func(s *screen) { presses(s, "n") }},
		{"silent", fewSamples, func(s *screen) { s.tick(asked.Add(5 * silence)) }},
	}
	for _, tt := range tests {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d.txt", tt.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				s := sampleScreen(t, size[0], size[1], tt.samples...)
				tt.do(s)
				checkShape(t, s)
				text := onScreen(s)
				goldentest.Current(t, filepath.Join("testdata", name), []byte(text))
				s.look.Fancy = true
				s.refill()
				checkShape(t, s)
				if words := strings.NewReplacer("━", "=", "─", "-").Replace(onScreen(s)); words != text {
					t.Errorf("colours change the text:\n%s", words)
				}
			})
		}
	}
}

// pausedAndDropping holds the lists still and goes on with worse health.
func pausedAndDropping(s *screen) {
	presses(s, "p")
	h := *s.live.health
	h.Kernel, h.Own = 1234567, 89
	h.Counters = report.Counters{
		{Key: "tls_connections", Brief: "TLS", Value: 4711}, {Key: "gaps", Brief: "gaps", Value: 12}, {Key: "not_decoded", Detail: "IPX", Brief: "packets not decoded", Value: 3},
	}
	s.board.report(&h)
	f := *s.findings[0].Finding
	f.ID, f.Evidence = 9999, nil
	s.board.finding(&f, &captures{})
	s.tick(asked)
}

// TestScreenIsEmpty shows what a capture looks like before anything came.
func TestScreenIsEmpty(t *testing.T) {
	narrowLines(t)
	s := &screen{board: newBoard()}
	s.resize(80, 24)
	s.tick(asked)
	for _, want := range []string{"waiting for packets", "Nothing was captured yet.", "Nobody has authenticated yet."} {
		if !strings.Contains(onScreen(s), want) {
			t.Errorf("%q is missing in\n%s", want, onScreen(s))
		}
	}
	s.board.now = asked.UTC
	s.board.report(&watch.Health{At: asked, Since: asked})
	s.tick(asked)
	if want := "No packets yet"; !strings.Contains(onScreen(s), want) {
		t.Errorf("%q is missing in\n%s", want, onScreen(s))
	}
}

// TestLiveScreenDocument holds the screens in the documentation to what is
// shown.
func TestLiveScreenDocument(t *testing.T) {
	narrowLines(t)
	small := sampleScreen(t, 80, 24, fewSamples...)
	large := sampleScreen(t, 200, 50, manySamples...)
	small.look.Fancy, large.look.Fancy = true, true
	name := filepath.Join("..", "..", "..", "..", "docs", "live-screen.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```text\n")
	if len(parts) != 3 {
		t.Fatal("there are not two screens in " + name)
	}
	for i, s := range []*screen{small, large} {
		_, after, _ := strings.Cut(parts[i+1], "```\n")
		parts[i+1] = onScreen(s) + "```\n" + after
	}
	goldentest.Current(t, name, []byte(strings.Join(parts, "```text\n")))
}
