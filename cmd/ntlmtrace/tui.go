package main

import (
	"context"
	"errors"
	"io"
	"ntlmtrace/analysis/report"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
)

// restoreWithin is how long the end of the capture waits for a terminal that
// takes no more output.
const restoreWithin = 2 * time.Second

// errNoScreen says why there is no full-screen view.
var errNoScreen = errors.New("no full-screen view: standard input and output are not a terminal that can show it")

// newTUI starts the full-screen view on the terminal; quit is called when the
// user asks to end, and may be called again. The view ends with ctx and leaves
// the terminal as it was, also if it fails itself: from then on lines is told,
// whose functions may be nil. The frames of a finding are looked up in o while
// it is told.
func newTUI(ctx context.Context, in io.Reader, out io.Writer, l look, o *origins, quit func(), lines liveView) (liveView, error) {
	_, reads := terminal(in)
	_, writes := terminal(out)
	if !reads || !writes || os.Getenv("TERM") == "dumb" {
		return liveView{}, errNoScreen
	}
	p := newScreenProgram(l)
	return startTUI(ctx, p, o, quit, lines, tea.WithInput(in), tea.WithOutput(out)), nil
}

// tui is a full-screen view that runs.
type tui struct {
	board   *board
	origins *origins
	program *tea.Program
	lines   liveView      // is told what comes after a failure
	over    chan struct{} // closed when the terminal is restored
	failure error         // why the view ended by itself; valid once over is closed
	told    bool          // lines knows of the failure
}

// startTUI runs p in a goroutine of its own and gives what feeds it.
func startTUI(ctx context.Context, p *screenProgram, o *origins, quit func(), lines liveView, opts ...tea.ProgramOption) liveView {
	t := &tui{board: p.screen.board, origins: o, lines: lines, over: make(chan struct{})}
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
	return liveView{finding: t.finding, handshake: t.handshake, health: t.health, note: t.note, close: t.close}
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
		if t.lines.note != nil {
			t.lines.note("the full-screen view ended, the capture goes on: " + t.failure.Error())
		}
	}
	return false
}

func (t *tui) finding(f *report.Finding) {
	if t.shows() {
		t.board.finding(f, t.origins)
	} else if t.failure != nil && t.lines.finding != nil {
		t.lines.finding(f)
	}
}

// handshake tells the screen nothing: it shows the counts of the summary.
func (t *tui) handshake(h *report.Handshake) {
	if !t.shows() && t.failure != nil && t.lines.handshake != nil {
		t.lines.handshake(h)
	}
}

func (t *tui) health(h *liveHealth) {
	if t.shows() {
		t.board.report(h)
	} else if t.failure != nil && t.lines.health != nil {
		t.lines.health(h)
	}
}

func (t *tui) note(text string) {
	if t.shows() {
		t.board.note(text)
	} else if t.failure != nil && t.lines.note != nil {
		t.lines.note(text)
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
	if !t.shows() && t.failure != nil && t.lines.close != nil {
		t.lines.close()
	}
}
