// Package tui shows a live capture on the full screen of a terminal.
//
//	capture --watch.View--> board (copies) <--5 times a second-- screen --text--> bubbletea --> terminal
//	                                         keys, size, time ------^
//
// Neither side waits for the other. A panic of the screen restores the terminal
// and leaves the capture alone. program.go and tui.go alone know bubbletea.
package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"

	tea "charm.land/bubbletea/v2"
)

// restoreWithin is how long the end of the capture waits for a terminal that
// takes no more output.
const restoreWithin = 2 * time.Second

// ErrNoScreen is returned where there can be no full-screen view.
var ErrNoScreen = errors.New("no full-screen view: standard input and output are not a terminal that can show it")

// Start starts the full-screen view on the terminal; quit is called when the
// user asks to end, and may be called again. The view ends with ctx and leaves
// the terminal as it was, also if it fails itself: from then on lines takes
// over, whose functions may be nil. The frames of a finding are looked up in o
// while it is reported.
func Start(ctx context.Context, in io.Reader, out io.Writer, l term.Look, o result.Locator, quit func(), lines watch.View) (watch.View, error) {
	_, reads := term.Terminal(in)
	_, writes := term.Terminal(out)
	if !reads || !writes || os.Getenv("TERM") == "dumb" {
		return watch.View{}, ErrNoScreen
	}
	p := newScreenProgram(l)
	return startTUI(ctx, p, o, quit, lines, tea.WithInput(in), tea.WithOutput(out)), nil
}

// tui is a full-screen view that runs.
type tui struct {
	board   *board
	places  result.Locator
	program *tea.Program
	lines   watch.View    // takes what comes after a failure
	over    chan struct{} // closed when the terminal is restored
	failure error         // why the view ended by itself; valid once over is closed
	told    bool          // lines knows of the failure
}

// startTUI runs p in a goroutine of its own and returns the View that feeds it.
func startTUI(ctx context.Context, p *screenProgram, o result.Locator, quit func(), lines watch.View, opts ...tea.ProgramOption) watch.View {
	t := &tui{board: p.screen.board, places: o, lines: lines, over: make(chan struct{})}
	t.program = tea.NewProgram(p, append(opts, tea.WithFPS(30))...)
	stop := context.AfterFunc(ctx, t.program.Quit)
	go func() {
		defer stop()
		_, err := t.program.Run()
		if p.failure != nil {
			err = p.failure
		}
		if !errors.Is(err, tea.ErrInterrupted) { // a signal is a wish of the user
			t.failure = err
		}
		close(t.over)
		if t.failure == nil {
			quit()
		}
	}()
	return watch.View{Finding: t.finding, Handshake: t.handshake, Health: t.health, Note: t.note, Close: t.close}
}

// shows reports whether the screen still takes what comes. If it failed, lines
// takes its place.
func (t *tui) shows() bool {
	select {
	case <-t.over:
	default:
		return true
	}
	if t.failure != nil && !t.told {
		t.told = true
		if t.lines.Note != nil {
			t.lines.Note("the full-screen view ended, the capture goes on: " + t.failure.Error())
		}
	}
	return false
}

func (t *tui) finding(f *report.Finding) {
	if t.shows() {
		t.board.finding(f, t.places)
	} else if t.failure != nil && t.lines.Finding != nil {
		t.lines.Finding(f)
	}
}

// handshake does not reach the screen, which shows the counts of the summary.
func (t *tui) handshake(h *report.Handshake) {
	if !t.shows() && t.failure != nil && t.lines.Handshake != nil {
		t.lines.Handshake(h)
	}
}

func (t *tui) health(h *watch.Health) {
	if t.shows() {
		t.board.report(h)
	} else if t.failure != nil && t.lines.Health != nil {
		t.lines.Health(h)
	}
}

func (t *tui) note(text string) {
	if t.shows() {
		t.board.note(text)
	} else if t.failure != nil && t.lines.Note != nil {
		t.lines.Note(text)
	}
}

// close ends the view and waits until the terminal is restored.
func (t *tui) close() {
	go t.program.Quit() // it waits for the view to listen
	select {
	case <-t.over:
	case <-time.After(restoreWithin):
		return
	}
	if !t.shows() && t.failure != nil && t.lines.Close != nil {
		t.lines.Close()
	}
}
