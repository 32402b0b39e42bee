package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"

	tea "charm.land/bubbletea/v2"

	"ntlmtrace/cmd/ntlmtrace/internal/outputtest"
)

// The sequences that begin and end a full-screen view.
const (
	alternateScreen = "\x1b[?1049h"
	normalScreen    = "\x1b[?1049l"
)

// testView is a view that runs on a terminal made of pipes.
type testView struct {
	watch.View
	keys io.Writer
	out  *outputtest.Text
	quit chan struct{} // gets one for each call of quit
	told []string      // what was told to the lines after a failure
}

func startTestView(t *testing.T, ctx context.Context) *testView {
	t.Helper()
	in, keys := io.Pipe()
	v := &testView{keys: keys, out: &outputtest.Text{}, quit: make(chan struct{}, 10)}
	lines := watch.View{
		Finding: func(f *report.Finding) { v.told = append(v.told, fmt.Sprint("finding ", f.ID)) },
		Note:    func(s string) { v.told = append(v.told, s) },
		Health:  func(*watch.Health) { v.told = append(v.told, "health") },
	}
	v.View = startTUI(ctx, newScreenProgram(term.Look{Fancy: true}), oneFile, func() { v.quit <- struct{}{} }, lines,
		tea.WithInput(in), tea.WithOutput(v.out), tea.WithWindowSize(80, 24), tea.WithEnvironment([]string{"TERM=xterm"}))
	t.Cleanup(func() {
		in.Close()
		v.Close()
	})
	v.out.Await(t, alternateScreen)
	return v
}

// awaitQuit waits until the user's wish to end was told.
func (v *testView) awaitQuit(t *testing.T) {
	t.Helper()
	select {
	case <-v.quit:
	case <-time.After(outputtest.Soon):
		t.Fatal("quit was not called")
	}
}

// TestViewEnds ends a view in the ways in which it can end: each restores the
// terminal.
func TestViewEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, v *testView, cancel func())
	}{
		{"q", func(t *testing.T, v *testView, _ func()) {
			io.WriteString(v.keys, "q")
			v.awaitQuit(t)
		}},
		{"Ctrl-C", func(t *testing.T, v *testView, _ func()) {
			io.WriteString(v.keys, "\x03")
			v.awaitQuit(t)
		}},
		{"context", func(t *testing.T, v *testView, cancel func()) {
			cancel()
			v.out.Await(t, normalScreen)
		}},
		{"close", func(t *testing.T, v *testView, _ func()) { v.Close() }},
		{"close at once, twice", func(t *testing.T, v *testView, _ func()) { v.Close(); v.Close() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v := startTestView(t, ctx)
			v.Finding(findingOf(1, report.High))
			tt.end(t, v, cancel)
			v.Close()
			if !strings.Contains(v.out.String(), normalScreen) {
				t.Errorf("the terminal is not restored: %q", v.out)
			}
			v.Finding(findingOf(2, report.High)) // the capture may still be telling
			v.Health(&watch.Health{})
			v.Note("late")
			if len(v.told) > 0 {
				t.Errorf("no failure, but the lines are told %q", v.told)
			}
		})
	}
}

// TestViewFails lets drawing and updating panic: the terminal is restored, and
// what comes is told to the lines.
func TestViewFails(t *testing.T) {
	for name, keys := range map[string]string{"drawing": "", "updating": "/x"} {
		t.Run(name, func(t *testing.T) {
			v := startTestView(t, t.Context())
			io.WriteString(v.keys, keys)
			v.Finding(&report.Finding{ID: 1}) // a finding of no rule is a fault of the program
			v.out.Await(t, normalScreen)
			for end := time.Now().Add(outputtest.Soon); len(v.told) == 0; {
				if time.Now().After(end) {
					t.Fatal("the lines are told nothing")
				}
				<-time.After(time.Millisecond)
				v.Handshake(nil)
			}
			v.Finding(findingOf(2, report.High))
			v.Health(&watch.Health{})
			if got := strings.Join(v.told, "\n"); !strings.HasPrefix(got, "the full-screen view ended, the capture goes on: a fault in the view: ") || !strings.HasSuffix(got, "\nfinding 2\nhealth") {
				t.Errorf("the lines are told %q", v.told)
			}
			if len(v.quit) > 0 {
				t.Error("a failure of the view ends the capture")
			}
		})
	}
}

// TestViewIsFed tells a view from another goroutine what a busy capture does,
// while keys are pressed. It is for the race detector.
func TestViewIsFed(t *testing.T) {
	v := startTestView(t, t.Context())
	pressed := make(chan struct{})
	go func() {
		defer close(pressed)
		for range 20 {
			io.WriteString(v.keys, "\x1b[B/\ra\x1bs\t\rp?\x1b[5~npp\r")
		}
	}()
	r := rand.New(rand.NewPCG(3, 4))
	o := &captures{[]string{"a.pcap"}}
	h := randomHealth(r, asked)
	h.Hops = []report.Hop{randomHop(r), randomHop(r)}
	for i := range 5000 {
		f := randomFinding(r)
		v.Finding(f)
		f.Evidence = append(f.Evidence[:0], report.Evidence{Text: "another"}) // it is the analysis' own again
		f.Count, f.Caveats[0] = -1, "another"
		if i%50 == 0 {
			v.Health(h)
			h.Interfaces[0], h.Hops[0].Users = "another", append(h.Hops[0].Users, "another")
			h.Counters[0].Value++
			v.Note("again")
			o.names[0] = "another"
		}
	}
	<-pressed
	io.WriteString(v.keys, "\x03")
	v.awaitQuit(t)
}

// TestNoScreen holds that what is no terminal gets no full-screen view.
func TestNoScreen(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, out := range []io.Writer{f, &bytes.Buffer{}} {
		if _, err := Start(t.Context(), f, out, term.Look{}, oneFile, func() {}, watch.View{}); !errors.Is(err, ErrNoScreen) {
			t.Errorf("got %v", err)
		}
	}
}
